import { Menu } from "@mantine/core";

export type MenuEntry = { title: string; run: () => void; danger?: boolean } | null;
export type Place = { left: number; top: number; width?: number; height?: number };

/** PointMenu is a menu at a place of the window; null entries are lines between groups. */
export function PointMenu({ at, entries, onClose }: { at: Place; entries: MenuEntry[]; onClose: () => void }) {
  return (
    <Menu opened onClose={onClose} position="bottom-start" withinPortal returnFocus>
      <Menu.Target><span className="anchor" role="presentation" style={{ left: at.left, top: at.top, width: at.width ?? 1, height: at.height ?? 1 }} /></Menu.Target>
      <Menu.Dropdown>
        {entries.map((e, i) => (e ? <Menu.Item key={e.title} color={e.danger ? "red" : undefined} onClick={e.run}>{e.title}</Menu.Item> : <Menu.Divider key={i} />))}
      </Menu.Dropdown>
    </Menu>
  );
}

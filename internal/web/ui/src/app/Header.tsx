import { useInfo } from "../api/queries";
import { SessionChip } from "../signin/SessionChip";
import { current, logins } from "../state/live";
import { useStore } from "../state/store";
import { dialog, sidebarOpen } from "../state/ui";
import { settingsOf } from "../settings/settings";
import { useSaveSettings } from "../settings/useSettings";
import { Icon } from "../ui/icons";
import { IconButton, Keys } from "../ui/parts";

const next = { system: "light", light: "dark", dark: "system" } as const;
const themeIcon = { system: "screen", light: "sun", dark: "moon" } as const;

export function Header() {
  const info = useInfo().data;
  const theme = settingsOf(info?.settings).theme;
  const save = useSaveSettings();
  const open = useStore(sidebarOpen);
  const login = useStore(logins, current);
  return (
    <header className="header">
      <button className="logo" aria-label={`Fairlead: ${open ? "hide" : "show"} the sidebar`} title="Sidebar" onClick={() => sidebarOpen.set(!open)}>
        <svg width="20" height="20" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" fill="var(--accent)" /><path d="M6 20c5 0 5-8 10-8s5 8 10 8" fill="none" stroke="#fff" strokeWidth="2.8" strokeLinecap="round" /><circle cx="16" cy="12" r="3.4" fill="var(--accent)" stroke="#fff" strokeWidth="2.4" /></svg>
        <span>Fairlead</span>
      </button>
      {info?.demo && <span className="label label-blue">demo</span>}
      <span className="grow" />
      <button className="search-button" onClick={() => dialog.set({ kind: "palette" })}><Icon name="search" size={14} /><span>Search or run a command</span><Keys keys="Mod+K" /></button>
      <span className="grow" />
      {login?.state === "running" && <span className="dim header-note"><span className="mark-busy" /> logging in</span>}
      <SessionChip />
      <IconButton icon="key" label="Sign-in: auth profiles and AWS profiles" onClick={() => dialog.set({ kind: "signin" })} />
      <IconButton icon={themeIcon[theme]} label={`Theme: ${theme}`} onClick={() => save({ theme: next[theme] })} />
      <IconButton icon="gear" label="Settings" onClick={() => dialog.set({ kind: "settings" })} />
    </header>
  );
}

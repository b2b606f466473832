import { Modal } from "@mantine/core";
import { dialog } from "../state/ui";
import { Keys } from "../ui/parts";

const groups: [string, [string, string][]][] = [
  ["Everywhere", [["Mod+K", "Commands"], ["Mod+P", "Commands: tables and queries"], ["Alt+1", "Connections"], ["Alt+2", "Editor"], ["Alt+3", "Results"], ["Mod+B", "Sidebar"], ["Alt+N", "New query"], ["Alt+W", "Close tab"], ["Alt+PageDown", "Next tab"], ["Alt+PageUp", "Previous tab"], ["?", "These keys (outside a text)"]]],
  ["Editor", [["Mod+Enter", "Run statement or selection"], ["Mod+Shift+Enter", "Run all"], ["Mod+.", "Cancel the run"], ["Mod+S", "Save query"], ["Shift+Alt+F", "Format"], ["Mod+/", "Comment"], ["Mod+F", "Find and replace"], ["Ctrl+Space", "Complete"], ["F12", "Open the table at the cursor; also Ctrl-click"], ["Escape, Tab", "Leave the editor"]]],
  ["Results", [["Arrows", "Move; with Shift pick"], ["Mod+C", "Copy values"], ["Mod+Shift+C", "Copy with names"], ["Enter", "Whole value"], ["Space", "Row detail"], ["Mod+F", "Find"], ["Mod+Home", "First row"], ["Mod+End", "Last row"], ["Shift+F10", "Menu of the cell and its column"]]],
  ["Tree", [["Enter", "Open"], ["F5", "Refresh"], ["F2", "Edit connection"], ["Delete", "Remove connection"], ["Shift+F10", "Menu"]]],
];

export default function KeysDialog() {
  return (
    <Modal opened onClose={() => dialog.set(null)} title="Keys" size={760}>
      <div className="keys-grid">
        {groups.map(([title, keys]) => (
          <section key={title}><h3>{title}</h3>{keys.map(([k, what]) => <div key={k + what} className="keys-line"><span>{what}</span><Keys keys={k} /></div>)}</section>
        ))}
      </div>
    </Modal>
  );
}

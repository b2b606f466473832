import { useStore } from "../state/store";
import { dropToast, toasts } from "../state/ui";
import { ErrorView } from "../ui/ErrorView";
import { IconButton } from "../ui/parts";

export function Toasts() {
  const list = useStore(toasts);
  return (
    <div className="toasts" aria-live="polite">
      {list.map((t) => (
        <div key={t.id} className={`toast toast-${t.tone}`}>
          {t.fault ? <ErrorView fault={t.fault} compact /> : <span>{t.text}</span>}
          <IconButton icon="close" size={20} label="Dismiss" onClick={() => dropToast(t.id)} />
        </div>
      ))}
    </div>
  );
}

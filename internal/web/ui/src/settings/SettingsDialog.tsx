import { Modal, NumberInput, SegmentedControl, Select, Switch, TextInput } from "@mantine/core";
import { useInfo } from "../api/queries";
import { dialog } from "../state/ui";
import { settingsOf } from "./settings";
import { useSaveSettings } from "./useSettings";

export default function SettingsDialog() {
  const info = useInfo().data;
  const s = settingsOf(info?.settings);
  const save = useSaveSettings();
  return (
    <Modal opened onClose={() => dialog.set(null)} title="Settings" size={520}>
      <div className="settings">
        <Row title="Theme" help="System follows the machine's own setting">
          <SegmentedControl value={s.theme} onChange={(theme) => save({ theme: theme as typeof s.theme })} data={[{ value: "system", label: "System" }, { value: "light", label: "Light" }, { value: "dark", label: "Dark" }]} aria-label="Theme" />
        </Row>
        <Row title="Most rows a run brings" help="Each tab can choose another">
          <Select w={130} aria-label="Most rows a run brings" value={String(s.row_limit)} onChange={(v) => save({ row_limit: Number(v) })} data={[{ value: "1000", label: "1,000" }, { value: "10000", label: "10,000" }, { value: "100000", label: "100,000" }, { value: "1000000", label: "1,000,000" }, { value: "0", label: "All" }]} />
        </Row>
        <Row title="Plan before running" help="Ask what a statement would read, as you type; never a billed call">
          <Switch aria-label="Plan before running" checked={s.plan_before_run} onChange={(e) => save({ plan_before_run: e.currentTarget.checked })} />
        </Row>
        <Row title="Confirm on production" help="Ask before what is not known to only read, on connections labelled production">
          <Switch aria-label="Confirm on production" checked={s.confirm_production} onChange={(e) => save({ confirm_production: e.currentTarget.checked })} />
        </Row>
        <Row title="Editor font size"><NumberInput size="xs" w={90} aria-label="Editor font size" min={10} max={24} value={s.font_size} onChange={(v) => typeof v === "number" && save({ font_size: v })} /></Row>
        <Row title="Wrap long lines"><Switch aria-label="Wrap long lines" checked={s.wrap} onChange={(e) => save({ wrap: e.currentTarget.checked })} /></Row>
        <Row title="NULL is shown as"><TextInput w={90} aria-label="NULL is shown as" maxLength={12} value={s.null_text} onChange={(e) => save({ null_text: e.currentTarget.value })} /></Row>
      </div>
      <p className="dim form-origin">Fairlead {info?.version}<br /><span className="mono">{info?.home}</span></p>
    </Modal>
  );
}

function Row({ title, help, children }: { title: string; help?: string; children: React.ReactNode }) {
  return <div className="setting"><div><div>{title}</div>{help && <div className="dim">{help}</div>}</div>{children}</div>;
}

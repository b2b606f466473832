import { Button, Select } from "@mantine/core";
import { useProfiles } from "../api/queries";
import type { Profile } from "../api/types";
import { startLogin } from "../ui/actions";

const kinds: Record<string, string> = {
  sso: "SSO", "sso-legacy": "SSO (older form)", static: "access key", "assume-role": "assumes a role",
  "web-identity": "web identity", login: "AWS login", process: "program", none: "settings only",
};

export function kindText(kind: string): string {
  return kinds[kind] ?? kind;
}

const needsLogin = (state?: string) => state !== undefined && ["expired", "absent", "revoked", "registration-expired"].includes(state);

/** stateTone is the colour of a profile's session state. */
function stateTone(state?: string): string {
  if (!state) return "none";
  return needsLogin(state) ? (state === "absent" ? "off" : "bad") : state === "misconfigured" || state === "unreadable" ? "bad" : state === "expiring" ? "soon" : "good";
}

const stateWord = (state?: string) => (state === "absent" ? "not logged in" : state === "refreshable" ? "renews by itself" : state?.replace("registration-expired", "expired") ?? "");

/** ProfileTable lists the AWS profiles with all that tells one from another. */
export function ProfileTable({ profiles }: { profiles: Profile[] }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="AWS profiles">
      <table className="list-table">
        <thead><tr><th>Profile</th><th>Kind</th><th>Account</th><th>Role</th><th>Region</th><th>Session</th><th>Where</th></tr></thead>
        <tbody>
          {profiles.map((p) => (
            <tr key={p.name}>
              <td><b>{p.name}</b>{p.problems ? <span className="warn-mark" title={`${p.problems} findings: fairlead profiles lint`}>{p.problems}</span> : null}</td>
              <td className="nowrap">{kindText(p.kind)}{p.source && <span className="dim"> from {p.source}</span>}</td>
              <td className="mono nowrap">{p.account}</td>
              <td>{p.role}</td>
              <td className="mono nowrap">{p.region}</td>
              <td className="nowrap">
                {p.state && <><span className={`dot dot-${stateTone(p.state)}`} /> {stateWord(p.state)}</>}
                {needsLogin(p.state) && <Button size="compact-xs" variant="light" ml={6} onClick={() => void startLogin(p.name)}>Log In</Button>}
              </td>
              <td className="dim mono" title={`${p.origin.file}:${p.origin.line}`}>{shortFile(p.origin.file)}:{p.origin.line}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function shortFile(file: string): string {
  const parts = file.split(/[\\/]/);
  return parts.slice(-2).join("/");
}

/** ProfileSelect picks one AWS profile; each choice shows kind, account, role, region, origin and session state. */
export function ProfileSelect({ value, onChange, label = "AWS profile", required, clearable }: {
  value?: string; onChange: (name: string) => void; label?: string; required?: boolean; clearable?: boolean;
}) {
  const { data } = useProfiles();
  const list = data?.profiles ?? [];
  const byName = new Map(list.map((p) => [p.name, p]));
  const names = list.map((p) => p.name);
  const picked = value ? byName.get(value) : undefined;
  return (
    <div>
      <Select label={label} required={required} clearable={clearable} searchable selectFirstOptionOnChange data={value && !byName.has(value) ? [value, ...names] : names} value={value ?? null}
        onChange={(v) => onChange(v ?? "")} maxDropdownHeight={300} placeholder={data?.error ? "No AWS profiles found" : "Choose a profile"}
        nothingFoundMessage="No profile of that name" comboboxProps={{ width: 460, position: "bottom-start", shadow: "md" }}
        renderOption={({ option }) => {
          const p = byName.get(option.value);
          return (
            <div className="profile-option">
              <div className="profile-option-head"><b>{option.value}</b>{p?.state && <span className="nowrap"><span className={`dot dot-${stateTone(p.state)}`} /> {stateWord(p.state)}</span>}</div>
              {p ? <div className="dim profile-facts"><span>{[kindText(p.kind), p.account, p.role, p.region].filter(Boolean).join(" · ")}</span><span className="profile-origin">{shortFile(p.origin.file)}:{p.origin.line}</span></div> : <div className="bad-text">Not in the AWS files</div>}
            </div>
          );
        }} />
      {picked && <div className="input-note">{[kindText(picked.kind), picked.account, picked.role, picked.region].filter(Boolean).join(" · ")}</div>}
    </div>
  );
}

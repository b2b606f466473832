/** Labels give a connection its colour: the well-known ones always the same, others by their name. */
const known: Record<string, string> = {
  production: "red", prod: "red", live: "red",
  staging: "amber", stage: "amber", preprod: "amber", uat: "amber",
  development: "green", dev: "green", test: "green", sandbox: "green", local: "green", qa: "green",
};
const others = ["blue", "violet", "teal", "pink", "slate"];

export function labelTone(label: string | undefined): string {
  const l = (label ?? "").trim().toLowerCase();
  if (l === "") return "none";
  if (known[l]) return known[l];
  let h = 0;
  for (const c of l) h = (h * 31 + c.charCodeAt(0)) >>> 0;
  return others[h % others.length];
}

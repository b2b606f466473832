import type { Settings } from "../api/types";

export const defaults: Required<Pick<Settings, "theme" | "row_limit" | "confirm_production" | "plan_before_run" | "font_size" | "wrap" | "null_text">> = {
  theme: "system", row_limit: 10_000, confirm_production: true, plan_before_run: true, font_size: 13, wrap: false, null_text: "NULL",
};

export function settingsOf(s: Settings | undefined): Settings & typeof defaults {
  return { ...defaults, ...s };
}

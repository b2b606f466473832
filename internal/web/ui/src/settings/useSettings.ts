import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { api } from "../api";
import { faultOf } from "../api/client";
import type { Info, Settings } from "../api/types";
import { failed } from "../state/ui";

/** useSaveSettings applies a change at once and saves it shortly after. */
export function useSaveSettings(): (p: Partial<Settings>) => void {
  const cache = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  return (p) => {
    const info = cache.getQueryData<Info>(["info"]);
    if (!info) return;
    const settings = { ...info.settings, ...p };
    cache.setQueryData<Info>(["info"], { ...info, settings });
    clearTimeout(timer.current);
    timer.current = setTimeout(() => api.saveSettings(settings).catch((e: unknown) => failed(faultOf(e))), 250);
  };
}

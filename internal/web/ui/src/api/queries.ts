import { QueryClient, useQuery } from "@tanstack/react-query";
import { api } from "./index";
import { ApiError } from "./client";
import type { Connection, EngineSpec } from "./types";

/** newCache keeps what the server said until an event says otherwise; only a silent server is asked again by itself. */
export function newCache(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        refetchOnWindowFocus: false,
        retry: (n, e) => n < 3 && e instanceof ApiError && e.status === 0,
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}

export const useInfo = () => useQuery({ queryKey: ["info"], queryFn: api.info, staleTime: Infinity });
export const useConnections = () => useQuery({ queryKey: ["connections"], queryFn: api.connections });
export const useProfiles = (on = true) => useQuery({ queryKey: ["profiles"], queryFn: api.profiles, enabled: on, staleTime: 5000 });
export const useAuths = (on = true) => useQuery({ queryKey: ["auths"], queryFn: api.auths, enabled: on });
export const useSaved = () => useQuery({ queryKey: ["saved"], queryFn: api.saved });

export function useConnection(name: string | undefined): Connection | undefined {
  return useConnections().data?.find((c) => c.name === name);
}

export function useEngine(kind: string | undefined): EngineSpec | undefined {
  return useInfo().data?.engines.find((e) => e.kind === kind);
}

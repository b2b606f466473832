import type { Plugin } from "vite";
import { Mock } from "./mock.ts";
import { api } from "./serve.ts";

/** mockServer answers /api of `vite dev` from memory, so that the page can be worked on without AWS. */
export function mockServer(): Plugin {
  return {
    name: "fairlead-mock",
    configureServer(server) {
      const mock = new Mock();
      server.middlewares.use((req, res, next) => {
        if (!api(mock, req, res)) next();
      });
    },
  };
}

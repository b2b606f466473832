import "./ui/mantine";
import "./ui/page.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { api } from "./api";
import { exchangeToken, faultOf } from "./api/client";
import { newCache } from "./api/queries";
import { App } from "./app/App";
import { load } from "./state/workspace";
import { ApiError } from "./api/client";
import { ErrorView } from "./ui/ErrorView";
import { Guard } from "./ui/Guard";
import { nonce, theme } from "./ui/theme";
import type { Fault } from "./api/types";

const signedOut: Fault = {
  code: "signed-out",
  message: "This page is not signed in to Fairlead",
  cause: "Its link has no token, or Fairlead was started anew since",
  remedy: "Open the link that fairlead ui printed",
};

const cache = newCache();
const root = createRoot(document.getElementById("root")!);

function show(page: React.ReactNode): void {
  root.render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={nonce} deduplicateInlineStyles>
        <QueryClientProvider client={cache}>{page}</QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}

async function begin(): Promise<void> {
  try {
    await exchangeToken();
    // What the first view needs comes while the workspace does.
    void cache.prefetchQuery({ queryKey: ["info"], queryFn: api.info });
    void cache.prefetchQuery({ queryKey: ["connections"], queryFn: api.connections });
    await load();
    show(<Guard what="The page"><App /></Guard>);
  } catch (e) {
    const fault = e instanceof ApiError && e.status === 401 ? signedOut : faultOf(e);
    show(<div className="lone"><ErrorView fault={fault} retry={() => void begin()} /></div>);
  }
}

void begin();

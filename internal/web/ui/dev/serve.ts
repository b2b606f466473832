import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { Mock } from "./mock.ts";

const types: Record<string, string> = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml" };

/** api answers one request from the mock; it tells whether the path was its own. */
export function api(mock: Mock, req: IncomingMessage, res: ServerResponse): boolean {
  const url = req.url ?? "/";
  if (!url.startsWith("/api/")) return false;
  if (url.startsWith("/api/events")) {
    res.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    const stop = mock.listen((e) => res.write(`data: ${JSON.stringify(e)}\n\n`));
    req.on("close", stop);
    return true;
  }
  let text = "";
  req.on("data", (d: Buffer) => (text += d.toString()));
  req.on("end", () => {
    if (!req.headers["x-fairlead"] && !url.includes("/download")) {
      res.writeHead(403).end();
      return;
    }
    const a = mock.handle(req.method ?? "GET", url, text === "" ? undefined : JSON.parse(text));
    res.writeHead(a.status, { "Content-Type": a.text === undefined ? "application/json" : "text/plain; charset=utf-8", ...a.headers });
    res.end(a.text ?? (a.body === undefined ? "" : JSON.stringify(a.body)));
  });
  return true;
}

/** serve answers the built page with the server's own content policy, and /api from the mock. */
export function serve(mock: Mock, dist: string): Promise<{ url: string; close: () => Promise<void>; server: Server }> {
  const server = createServer((req, res) => {
    if (api(mock, req, res)) return;
    const path = (req.url ?? "/").split("?")[0];
    const file = join(dist, path === "/" ? "index.html" : path.replace(/\.\./g, ""));
    if (!existsSync(file)) return void res.writeHead(404).end();
    const nonce = "nonce-of-the-mock";
    res.setHeader("Content-Type", types[extname(file)] ?? "application/octet-stream");
    res.setHeader("Content-Security-Policy", `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`);
    if (file.endsWith(".html")) res.end(readFileSync(file, "utf8").replaceAll("__CSP_NONCE__", nonce));
    else createReadStream(file).pipe(res);
  });
  return new Promise((done) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      done({
        url: `http://127.0.0.1:${port}`, server,
        close: () => new Promise((r) => { server.closeAllConnections(); server.close(() => r()); }),
      });
    });
  });
}

import * as Plot from "@observablehq/plot";
import { NumberInput, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { api } from "../api";
import { faultOf } from "../api/client";
import type { ChartData, Column, Fault } from "../api/types";
import { failed } from "../state/ui";
import { ErrorView } from "../ui/ErrorView";
import { Empty, IconButton, Waiting } from "../ui/parts";
import { nonce } from "../ui/theme";
import { firstGuess, queryOf, type ChartKind, type ChartSpec, whole, type Point } from "./chart";

const kinds: { value: ChartKind; label: string }[] = [
  { value: "bar", label: "Bar" }, { value: "line", label: "Line" }, { value: "area", label: "Area" }, { value: "scatter", label: "Scatter" }, { value: "histogram", label: "Histogram" },
];
const aggs = [{ value: "sum", label: "Sum" }, { value: "avg", label: "Average" }, { value: "min", label: "Least" }, { value: "max", label: "Most" }, { value: "count", label: "Count" }, { value: "", label: "As it is" }];

/** ChartView draws a result that the server has aggregated, so its length does not matter. */
export default function ChartView({ run, index, columns, view, rows, name }: { run: string; index: number; columns: Column[]; view?: string; rows: number; name: string }) {
  const [spec, setSpec] = useState<ChartSpec | null>(() => firstGuess(columns));
  const box = useRef<HTMLDivElement>(null);
  const figure = useRef<Drawing | null>(null);
  const xBefore = useRef<number | null>(null);
  const [size, setSize] = useState({ width: 700, height: 360 });
  const [fault, setFault] = useState<Fault | null>(null);
  const q = spec && queryOf(spec, view);
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["chart", run, index, q, rows], queryFn: ({ signal }) => api.chart(run, index, q!, signal), enabled: q !== null && (spec!.kind === "histogram" || spec!.y >= 0 || q!.agg === "count"),
    placeholderData: (old) => old, retry: false, staleTime: Infinity,
  });
  useEffect(() => {
    const el = box.current;
    if (!el) return;
    const o = new ResizeObserver(() => setSize({ width: el.clientWidth, height: el.clientHeight }));
    o.observe(el);
    return () => o.disconnect();
  }, []);
  const options = useMemo(() => columns.map((c, i) => ({ value: String(i), label: c.name, kind: c.kind })).filter((o) => o.kind !== "json" && o.kind !== "binary"), [columns]);
  const numbers = options.filter((o) => o.kind === "number");
  useEffect(() => {
    const el = box.current;
    if (!el || !spec || !data) return;
    el.replaceChildren();
    figure.current = null;
    if (data.points.length === 0 || size.width < 50) return;
    let drawn: SVGSVGElement | HTMLElement;
    try {
      drawn = draw(spec, data, columns, size);
      setFault(null);
    } catch (e) {
      setFault(faultOf(e));
      return;
    }
    // The content policy lets in styles that carry the page's nonce.
    drawn.querySelectorAll("style").forEach((s) => s.setAttribute("nonce", nonce()));
    // The chart as a whole has a name; the groups' own are not for reading out.
    drawn.querySelectorAll("g[aria-label]").forEach((g) => g.removeAttribute("aria-label"));
    el.append(drawn);
    const svg = drawn instanceof SVGSVGElement ? drawn : drawn.querySelector<SVGSVGElement>(":scope > svg:last-of-type") ?? drawn.querySelector("svg");
    figure.current = svg && { svg, legend: drawn instanceof SVGSVGElement ? [] : legendOf(drawn) };
  }, [data, spec, size, columns]);
  if (!spec) return <Empty title="Nothing to draw">A chart needs a column of numbers, times or texts.</Empty>;
  const set = (p: Partial<ChartSpec>) => setSpec({ ...spec, ...p });
  const setKind = (kind: ChartKind) => {
    const p: Partial<ChartSpec> = { kind };
    if (kind === "scatter") Object.assign(p, { agg: "", y: spec.y >= 0 ? spec.y : Number(numbers[0]?.value ?? -1) });
    else if (spec.agg === "") p.agg = "sum";
    // A histogram has values where the others have an x axis, which comes back with them.
    if (kind === "histogram" && columns[spec.x].kind !== "number" && numbers[0]) {
      xBefore.current = spec.x;
      p.x = Number(numbers[0].value);
    } else if (spec.kind === "histogram" && xBefore.current !== null) {
      p.x = xBefore.current;
      xBefore.current = null;
    }
    set(p);
  };
  const yName = spec.y >= 0 ? columns[spec.y].name : "rows";
  const label = `${spec.kind} chart of ${spec.kind === "histogram" ? columns[spec.x].name : `${yName} by ${columns[spec.x].name}`}`;
  return (
    <div className="chart">
      <div className="chart-side">
        <Select label="Kind" value={spec.kind} onChange={(k) => setKind(k as ChartKind)} data={kinds} />
        <Select label={spec.kind === "histogram" ? "Values" : "X axis"} data={spec.kind === "histogram" ? numbers : options} value={String(spec.x)} onChange={(v) => set({ x: Number(v) })} searchable />
        {spec.kind === "histogram" ? <NumberInput size="xs" label="Bins" min={2} max={200} value={spec.bins} onChange={(v) => typeof v === "number" && set({ bins: v })} />
          : <>
              <Select label="Y axis" data={[{ value: "-1", label: "Number of rows" }, ...numbers]} value={String(spec.y)} onChange={(v) => set({ y: Number(v), agg: Number(v) < 0 ? "count" : spec.agg === "count" ? "sum" : spec.agg })} searchable />
              {spec.y >= 0 && <Select label="Of each X" data={aggs} value={spec.agg} onChange={(v) => set({ agg: v ?? "" })} />}
              <Select label="Colour" data={[{ value: "-1", label: "One" }, ...options]} value={String(spec.group)} onChange={(v) => set({ group: Number(v) })} searchable />
            </>}
      </div>
      <div className="chart-main">
        <div className="chart-tools">
          <span className="dim">{data?.truncated ? "More points than can be drawn; the first are shown" : ""}</span>
          {isFetching && <Waiting inline text="Drawing" />}
          <span className="grow" />
          <button className="link-button" onClick={() => void save(figure.current, "svg", name)}>SVG</button>
          <button className="link-button" onClick={() => void save(figure.current, "png", name)}>PNG</button>
          <IconButton icon="refresh" label="Draw again" onClick={() => void refetch()} />
        </div>
        {error && <ErrorView fault={faultOf(error)} compact retry={() => void refetch()} />}
        {fault && <ErrorView fault={{ ...fault, message: "This chart cannot be drawn", cause: fault.message, remedy: "Choose another kind or other columns" }} compact />}
        {data && data.points.length === 0 && <Empty title="No points">No row has both values.</Empty>}
        <div ref={box} className="chart-box" role="img" aria-label={label} />
      </div>
    </div>
  );
}

function pointsOf(spec: ChartSpec, data: ChartData): Point[] {
  return data.points.map(([x, y, third]) => {
    const px = data.x_type === "time" ? new Date(String(x).replace(" ", "T").replace(/(T\d\d:\d\d(:\d\d(\.\d+)?)?)$/, "$1Z")) : data.x_type === "number" ? Number(x) : String(x ?? "NULL");
    return spec.kind === "histogram" ? { x: Number(x), y: Number(y), x2: third === undefined || third === null ? undefined : Number(third) } : { x: px, y: Number(y), g: third === undefined ? undefined : String(third ?? "NULL") };
  });
}

function draw(spec: ChartSpec, data: ChartData, columns: Column[], size: { width: number; height: number }): SVGSVGElement | HTMLElement {
  const points = pointsOf(spec, data);
  const accent = "var(--chart)"; // follows the theme
  const grouped = spec.group >= 0 && spec.kind !== "histogram";
  const colour = grouped ? "g" : accent;
  const yLabel = spec.kind === "histogram" ? "rows" : spec.y < 0 ? "rows" : spec.agg && spec.agg !== "count" ? `${spec.agg} of ${columns[spec.y].name}` : spec.agg === "count" ? "rows" : columns[spec.y].name;
  const texts = data.x_type === "text";
  const order = grouped ? "z" as const : null; // the same from place to place, else the parts of a stack would cross
  const tip = { tip: { fill: "var(--raised)", stroke: "var(--line-strong)" } } as const;
  const marks: Plot.Markish[] = [Plot.ruleY([0], { strokeOpacity: 0.3 })];
  switch (spec.kind) {
    case "bar":
      marks.push(texts ? Plot.barY(points, { x: "x", y: "y", fill: colour, sort: { x: "-y", limit: 60 }, order, ...tip }) : Plot.rectY(points, { ...binned(points), y: "y", fill: colour, order, ...tip }));
      break;
    case "histogram": {
      const step = points.length > 1 ? points[1].x as number - (points[0].x as number) : 1;
      marks.push(Plot.rectY(points, { x1: "x", x2: (p: Point) => p.x2 ?? (p.x as number) + step, y: "y", fill: accent, insetLeft: 0.5, insetRight: 0.5, ...tip }));
      break;
    }
    case "line": marks.push(Plot.lineY(points, { x: "x", y: "y", stroke: colour, sort: texts ? undefined : "x", ...tip })); break;
    case "area": marks.push(Plot.areaY(grouped ? whole(points) : points, { x: "x", y: "y", fill: colour, fillOpacity: grouped ? 0.8 : 0.25, sort: texts ? undefined : "x", order }), ...(grouped ? [] : [Plot.lineY(points, { x: "x", y: "y", stroke: accent, sort: texts ? undefined : "x", ...tip })])); break;
    case "scatter": marks.splice(0, 1, Plot.dot(points, { x: "x", y: "y", stroke: colour, r: 2.5, strokeOpacity: 0.7, ...tip })); break;
  }
  const longest = texts ? Math.max(...points.slice(0, 60).map((p) => String(p.x).length)) : 0;
  const many = texts && points.length * longest * 7 > size.width;
  return Plot.plot({
    width: size.width, height: Math.max(160, size.height - (grouped ? 40 : 4)), marginLeft: 64, marginBottom: many ? Math.min(130, 34 + longest * 5.5) : 44, marginTop: 22, marginRight: 16,
    style: { background: "transparent", color: "var(--text)", fontFamily: "inherit", fontSize: "11.5px", overflow: "visible" } as unknown as string,
    x: { label: columns[spec.x].name, labelOffset: many ? undefined : 40, tickRotate: many ? -45 : 0, ...(data.x_type === "time" ? { type: "utc" } : {}) },
    y: { label: yLabel, grid: true, nice: true, tickFormat: "~s" },
    color: grouped ? { legend: true, scheme: "tableau10", label: columns[spec.group].name } : undefined,
    marks,
  }) as SVGSVGElement | HTMLElement;
}

/** Drawing is a chart on the page; its legend is HTML there, and is drawn anew in a file. */
type Drawing = { svg: SVGSVGElement; legend: { name: string; colour: string }[] };

function legendOf(figure: Element & { scale?: (name: string) => { domain?: unknown[]; apply: (v: unknown) => unknown } | undefined }): Drawing["legend"] {
  const colour = figure.scale?.("color");
  return (colour?.domain ?? []).map((v) => ({ name: String(v), colour: String(colour!.apply(v)) }));
}

const svgSpace = "http://www.w3.org/2000/svg";
const legendHeight = 26;

/** withLegend is a copy of a chart with its legend above it. */
function withLegend({ svg, legend }: Drawing): { svg: SVGSVGElement; width: number; height: number } {
  const width = svg.clientWidth, height = svg.clientHeight;
  const chart = svg.cloneNode(true) as SVGSVGElement;
  if (legend.length === 0) return { svg: chart, width, height };
  const all = document.createElementNS(svgSpace, "svg");
  const part = (name: string, attributes: Record<string, string | number>, text = "") => {
    const el = document.createElementNS(svgSpace, name);
    for (const [k, v] of Object.entries(attributes)) el.setAttribute(k, String(v));
    el.textContent = text;
    all.append(el);
  };
  let x = 16;
  for (const { name, colour } of legend) {
    if (x > width - 40) break; // what does not fit in the line is left out
    part("rect", { x, y: 7, width: 12, height: 12, fill: colour });
    part("text", { x: x + 17, y: 17, fill: "currentColor" }, name);
    x += 32 + name.length * 7;
  }
  chart.setAttribute("y", String(legendHeight));
  all.append(chart);
  all.setAttribute("viewBox", `0 0 ${width} ${height + legendHeight}`);
  return { svg: all, width, height: height + legendHeight };
}

/** binned gives bars over numbers or times the width to the next value. */
function binned(points: Point[]): object {
  const xs = [...new Set(points.map((p) => Number(p.x)))].sort((a, b) => a - b);
  let step = Infinity;
  for (let i = 1; i < xs.length; i++) step = Math.min(step, xs[i] - xs[i - 1]);
  if (!Number.isFinite(step)) step = 1;
  const like = (p: Point, d: number) => (p.x instanceof Date ? new Date(Number(p.x) + d) : Number(p.x) + d);
  return { x1: (p: Point) => like(p, -step * 0.4), x2: (p: Point) => like(p, step * 0.4) };
}

async function save(drawing: Drawing | null, format: "svg" | "png", name: string): Promise<void> {
  if (!drawing) return;
  try {
    const { svg: copy, width, height } = withLegend(drawing);
    copy.setAttribute("width", String(width));
    copy.setAttribute("height", String(height));
    const css = getComputedStyle(document.documentElement);
    copy.setAttribute("xmlns", svgSpace);
    copy.setAttribute("font-family", "system-ui, sans-serif");
    copy.setAttribute("font-size", "11.5");
    copy.setAttribute("color", css.getPropertyValue("--text").trim());
    const ground = document.createElementNS(svgSpace, "rect");
    ground.setAttribute("width", "100%");
    ground.setAttribute("height", "100%");
    ground.setAttribute("fill", css.getPropertyValue("--bg").trim());
    copy.insertBefore(ground, copy.firstChild);
    // A file knows nothing of the page's variables.
    const text = new XMLSerializer().serializeToString(copy).replace(/var\((--[\w-]+)\)/g, (all, name: string) => css.getPropertyValue(name).trim() || all);
    const blob = new Blob([text], { type: "image/svg+xml" });
    give(format === "svg" ? blob : await toPng(blob, width, height), `${name}.${format}`);
  } catch (e) {
    failed(faultOf(e));
  }
}

async function toPng(svg: Blob, width: number, height: number): Promise<Blob> {
  const url = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = width * 2;
    canvas.height = height * 2;
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, fail) => canvas.toBlob((b) => (b ? done(b) : fail(new Error("The chart cannot be drawn as a picture"))), "image/png"));
  } finally {
    URL.revokeObjectURL(url);
  }
}

function give(blob: Blob, name: string): void {
  const a = document.createElement("a");
  a.href = URL.createObjectURL(blob);
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10_000);
}

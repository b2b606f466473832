import type { ReactNode } from "react";

/** Icons of 16 × 16 with a stroke of 1.4, drawn for this page. */
const paths: Record<string, ReactNode> = {
  play: <path d="M4.5 3v10l8-5z" fill="currentColor" strokeLinejoin="round" />,
  playAll: <><path d="M2.5 3.5v9l5.5-4.5z" fill="currentColor" strokeLinejoin="round" /><path d="M8.5 3.5v9l5.5-4.5z" fill="currentColor" strokeLinejoin="round" /></>,
  stop: <rect x="4" y="4" width="8" height="8" rx="1.2" fill="currentColor" />,
  plus: <path d="M8 3v10M3 8h10" />,
  close: <path d="M4 4l8 8M12 4l-8 8" />,
  search: <><circle cx="7" cy="7" r="4" /><path d="M10 10l3.5 3.5" /></>,
  right: <path d="M6 3.5L10.5 8 6 12.5" />,
  down: <path d="M3.5 6L8 10.5 12.5 6" />,
  up: <path d="M3.5 10L8 5.5l4.5 4.5" />,
  sortUp: <path d="M8 12.5v-9M4.5 7L8 3.5 11.5 7" />,
  sortDown: <path d="M8 3.5v9M4.5 9L8 12.5 11.5 9" />,
  more: <><circle cx="3.5" cy="8" r=".9" fill="currentColor" /><circle cx="8" cy="8" r=".9" fill="currentColor" /><circle cx="12.5" cy="8" r=".9" fill="currentColor" /></>,
  table: <><rect x="2.5" y="3" width="11" height="10" rx="1.2" /><path d="M2.5 6.3h11M6.5 6.3V13" /></>,
  view: <><path d="M1.8 8S4 3.8 8 3.8 14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8z" /><circle cx="8" cy="8" r="1.8" /></>,
  schema: <path d="M2.5 4.2c0-.6.4-1 1-1h2.8l1.4 1.6h4.8c.6 0 1 .4 1 1v6c0 .6-.4 1-1 1h-9c-.6 0-1-.4-1-1z" />,
  catalog: <><ellipse cx="8" cy="4" rx="5" ry="1.8" /><path d="M3 4v8c0 1 2.2 1.8 5 1.8s5-.8 5-1.8V4M3 8c0 1 2.2 1.8 5 1.8S13 9 13 8" /></>,
  columns: <><rect x="2.5" y="3" width="11" height="10" rx="1.2" /><path d="M6.2 3v10M9.8 3v10" /></>,
  column: <><rect x="5.5" y="2.5" width="5" height="11" rx="1" /><path d="M5.5 6h5" /></>,
  key: <><circle cx="5.3" cy="8" r="2.6" /><path d="M7.9 8h6M11.5 8v2.4" /></>,
  index: <path d="M3 4h10M3 8h7M3 12h4" />,
  broken: <path d="M8 2.5l6 10.8H2zM8 6.4v3.4M8 11.6v.2" strokeLinejoin="round" />,
  history: <><path d="M2.6 8a5.4 5.4 0 1 0 1.6-3.8L2.6 5.8M2.6 3v2.8h2.8" /><path d="M8 5v3.2l2.2 1.3" /></>,
  star: <path d="M8 2.4l1.7 3.6 3.9.5-2.9 2.7.8 3.9L8 11.2l-3.5 1.9.8-3.9L2.4 6.5l3.9-.5z" strokeLinejoin="round" />,
  user: <><circle cx="8" cy="5.4" r="2.6" /><path d="M3 13.4c.6-2.6 2.6-3.9 5-3.9s4.4 1.3 5 3.9" /></>,
  shield: <path d="M8 2.2l4.8 1.7v3.6c0 3-2 5.2-4.8 6.3-2.8-1.1-4.8-3.3-4.8-6.3V3.9z" strokeLinejoin="round" />,
  gear: <><circle cx="8" cy="8" r="2" /><path d="M8 1.8v1.9M8 12.3v1.9M1.8 8h1.9M12.3 8h1.9M3.6 3.6L5 5M11 11l1.4 1.4M12.4 3.6L11 5M5 11l-1.4 1.4" /></>,
  sun: <><circle cx="8" cy="8" r="2.7" /><path d="M8 1.6v1.5M8 12.9v1.5M1.6 8h1.5M12.9 8h1.5M3.5 3.5l1 1M11.5 11.5l1 1M12.5 3.5l-1 1M4.5 11.5l-1 1" /></>,
  moon: <path d="M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z" strokeLinejoin="round" />,
  screen: <><rect x="2" y="3" width="12" height="8" rx="1.2" /><path d="M6 13.4h4" /></>,
  refresh: <path d="M13.2 8a5.2 5.2 0 1 1-1.5-3.7l1.7 1.6M13.4 2.9v3h-3" />,
  download: <path d="M8 2.5v7.3M4.8 6.8L8 10l3.2-3.2M2.8 13h10.4" />,
  copy: <><rect x="5.5" y="5.5" width="8" height="8" rx="1.2" /><path d="M10.5 5.5V3.7c0-.7-.5-1.2-1.2-1.2H3.7c-.7 0-1.2.5-1.2 1.2v5.6c0 .7.5 1.2 1.2 1.2h1.8" /></>,
  chart: <path d="M2.5 13.2h11M4.5 13V8.5M8 13V3.5M11.5 13V6.5" />,
  grid: <><rect x="2.5" y="3" width="11" height="10" rx="1.2" /><path d="M2.5 8h11M8 3v10" /></>,
  row: <><rect x="2.5" y="2.5" width="11" height="11" rx="1.2" /><path d="M9.5 2.5v11" /></>,
  filter: <path d="M2.5 3.5h11L9.4 8.4v4.3l-2.8-1.3v-3z" strokeLinejoin="round" />,
  pin: <path d="M8 9.8v4M5.2 2.5h5.6M6 2.5v3.6L4.2 9.8h7.6L10 6.1V2.5" strokeLinejoin="round" />,
  hide: <path d="M2 2l12 12M6.6 4a6 6 0 0 1 1.4-.2c4 0 6.2 4.2 6.2 4.2a11 11 0 0 1-1.6 2.1M4.2 5.3A11 11 0 0 0 1.8 8S4 12.2 8 12.2c1 0 1.9-.3 2.7-.7" />,
  save: <path d="M3.7 2.500h7L13.5 5.300v7c0 .7-.5 1.2-1.2 1.200H3.700c-.7 0-1.2-.5-1.2-1.200V3.700c0-.7.5-1.2 1.2-1.200zM5.2 2.500v3h4.600v-3M5.2 13.500V9.300h5.600v4.2" strokeLinejoin="round" />,
  wand: <path d="M3 13l7-7M11.5 2.200v2.600M10.2 3.500h2.600M12.8 8.200v2M11.8 9.200h2M5.6 3.200v2M4.6 4.200h2" />,
  check: <path d="M3 8.500l3.3 3.300L13 5" />,
  clock: <><circle cx="8" cy="8" r="5.5" /><path d="M8 4.800V8l2.2 1.4" /></>,
  link: <path d="M6.7 9.300l2.6-2.600M7.4 4.500l1-1a2.9 2.9 0 0 1 4.1 4.100l-1 1M8.6 11.500l-1 1a2.9 2.9 0 0 1-4.1-4.100l1-1" />,
  edit: <path d="M3 13l.7-2.9 7-7a1.2 1.2 0 0 1 1.7 0l.5.5a1.2 1.2 0 0 1 0 1.700l-7 7z" strokeLinejoin="round" />,
  trash: <path d="M3 4.500h10M6.2 4.500V3h3.600v1.500M4.3 4.500l.5 8.500h6.400l.5-8.500M6.7 7v3.700M9.3 7v3.7" />,
  folder: <path d="M2.5 4.500c0-.6.4-1 1-1h2.700l1.4 1.600h4.900c.6 0 1 .4 1 1v5.700c0 .6-.4 1-1 1h-9c-.6 0-1-.4-1-1z" strokeLinejoin="round" />,
  external: <path d="M9 3h4v4M13 3L7.5 8.500M11 9.500v2.300c0 .7-.5 1.2-1.2 1.200H4.200c-.7 0-1.2-.5-1.2-1.200V6.200C3 5.5 3.5 5 4.2 5h2.3" />,
  command: <path d="M3 4.500l3.5 3.500L3 11.500M8 12h5" />,
  plug: <path d="M6 2.500v3M10 2.500v3M4.5 5.500h7v2.300a3.5 3.5 0 0 1-7 0zM8 11.300v2.4" strokeLinejoin="round" />,
  info: <><circle cx="8" cy="8" r="5.5" /><path d="M8 7.300v3.500M8 5.100v.2" /></>,
  text: <path d="M3 4h10M3 7h10M3 10h6" />,
};

export type IconName = keyof typeof paths & string;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor"
      strokeWidth="1.4" strokeLinecap="round" aria-hidden="true" focusable="false">
      {paths[name]}
    </svg>
  );
}

/** EngineMark is the two-letter mark of an engine, told apart by shape of letters rather than by colour alone. */
export function EngineMark({ engine }: { engine: string }) {
  const mark = { athena: "At", redshift: "Rs", dynamodb: "Dy" }[engine] ?? engine.slice(0, 2);
  return <span className={`engine-mark engine-${engine}`} aria-hidden="true">{mark}</span>;
}

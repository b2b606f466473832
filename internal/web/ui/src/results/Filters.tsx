import { Button, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Column, Filter, FilterOp } from "../api/types";

const ops: Record<FilterOp, string> = {
  contains: "contains", eq: "is", ne: "is not", lt: "is less than", le: "is at most", gt: "is more than", ge: "is at least", null: "is NULL", notnull: "is not NULL",
};

export function filterText(f: Filter, columns: Column[]): string {
  const name = f.column < 0 ? "any column" : columns[f.column].name;
  return f.op === "null" || f.op === "notnull" ? `${name} ${ops[f.op]}` : `${name} ${ops[f.op]} ${f.value}`;
}

/** opsFor lists the comparisons that make sense for a column. */
export function opsFor(column: Column | undefined): FilterOp[] {
  if (!column) return ["contains"];
  if (column.kind === "number" || column.kind === "time") return ["eq", "ne", "lt", "le", "gt", "ge", "contains", "null", "notnull"];
  if (column.kind === "boolean") return ["eq", "ne", "null", "notnull"];
  return ["contains", "eq", "ne", "lt", "gt", "null", "notnull"];
}

export function FilterForm({ columns, column, onApply }: { columns: Column[]; column: number; onApply: (f: Filter) => void }) {
  const [at, setAt] = useState(column);
  const [op, setOp] = useState<FilterOp>(opsFor(columns[column])[0]);
  const [value, setValue] = useState("");
  const bare = op === "null" || op === "notnull";
  const pick = (c: number) => { setAt(c); setOp(opsFor(columns[c])[0]); };
  return (
    <form className="filter-form" onSubmit={(e) => { e.preventDefault(); if (bare || value !== "") onApply({ column: at, op, value: bare ? "" : value }); }}>
      <Select aria-label="Column" data={[{ value: "-1", label: "Any column" }, ...columns.map((c, i) => ({ value: String(i), label: c.name }))]} value={String(at)} onChange={(v) => pick(Number(v))} searchable limit={200} comboboxProps={{ withinPortal: false }} w={150} />
      <Select aria-label="Comparison" data={opsFor(columns[at]).map((o) => ({ value: o, label: ops[o] }))} value={op} onChange={(v) => setOp(v as FilterOp)} comboboxProps={{ withinPortal: false }} w={120} />
      {!bare && <TextInput aria-label="Value" value={value} onChange={(e) => setValue(e.currentTarget.value)} data-autofocus w={150} />}
      <Button type="submit" disabled={!bare && value === ""}>Filter</Button>
    </form>
  );
}

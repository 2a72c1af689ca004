import { inspect } from "node:util";

import { mayShowPart, minimumCount } from "../core/minimum-count.ts";
import type { ColumnProfile, NumberSummary } from "../table/profile-column.ts";
import type { Profile } from "../table/profile.ts";
import { numberText } from "./alternative-text.ts";
import type { RichBundle } from "./bundle.ts";
import { isPlainObject, ownValue } from "./plain-object.ts";
import { modelBundle } from "./table.ts";
import { countOf } from "./table-model.ts";
import type { Cell, ColumnModel } from "./table-model.ts";

/** Quantiles of a restricted table are saved only where so many values stand behind them. */
const MINIMUM_RESTRICTED_VALUES = 100;
const MAXIMUM_COLUMNS = 100;
const COMMON_VALUES = 3;
const MAXIMUM_TEXT = 60;
const BLOCKS = "▁▂▃▄▅▆▇█";

const NUMERIC = new Set(["nulls", "distinct", "min", "5 %", "median", "95 %", "max"]);
const HEADINGS = [
  "column",
  "type",
  "nulls",
  "distinct",
  "of",
  "min",
  "5 %",
  "median",
  "95 %",
  "max",
  "histogram",
  "most common",
] as const;

/** Whether a value is what `table.profile()` gives. */
export function isProfile(value: unknown): value is Profile {
  if (!isPlainObject(value)) return false;
  const [source, sensitivity, rowCount, duplicateRows, columns] = (
    ["source", "sensitivity", "rowCount", "duplicateRows", "columns"] as const
  ).map((key) => ownValue(value, key));
  const texts = typeof source === "string" && typeof sensitivity === "string";
  return texts && typeof rowCount === "number" && typeof duplicateRows === "number" && Array.isArray(columns);
}

/** A profile as a table with a row per column; of a restricted table without any value of a row. */
export function profileBundle(profile: Profile, caption: string): RichBundle {
  const { rowCount, duplicateRows, sensitivity } = profile;
  const shown = profile.columns.slice(0, MAXIMUM_COLUMNS);
  const rows = shown.map((column) => profileRow(column, profile));
  const columns = HEADINGS.map((name): ColumnModel => ({
    name,
    type: "",
    nulls: null,
    numeric: NUMERIC.has(name),
  }));
  const isRestricted = sensitivity === "restricted";
  const count = (part: number, noun: string): string =>
    isRestricted && !mayShowPart(part, rowCount) ? `${noun}s not shown` : countOf(part, noun);
  const rowText =
    isRestricted && !mayShowPart(0, rowCount)
      ? `fewer than ${minimumCount()} rows`
      : countOf(rowCount, "row");
  const counts = `${rowText}, ${count(duplicateRows, "duplicate row")}`;
  const left = profile.columns.length - shown.length;
  return modelBundle({
    version: 1,
    id: null,
    caption: `Profile of ${caption}${sensitivity === "restricted" ? " (restricted: no row is saved)" : ""}`,
    summary: left > 0 ? `${counts}; ${countOf(left, "more column")} not shown` : counts,
    // What is left in the rows may be saved.
    sensitivity: sensitivity === "restricted" ? "public" : sensitivity,
    rowCount: rows.length,
    columnCount: columns.length,
    columns,
    head: rows,
    tail: [],
  });
}

function profileRow(column: ColumnProfile, { rowCount, sensitivity }: Profile): Cell[] {
  const restricted = sensitivity === "restricted";
  const summary = column.numbers ?? column.lengths;
  const enough = !restricted || rowCount - column.nulls >= MINIMUM_RESTRICTED_VALUES;
  const quantile = (share: number): Cell => (enough ? quantileText(summary, share) : null);
  return [
    column.name,
    column.type,
    !restricted || mayShowPart(column.nulls, rowCount) ? String(column.nulls) : null,
    // As many different values as rows, less a few, tells of a few.
    !restricted || [column.duplicateValues, column.nulls].every((count) => mayShowPart(count, rowCount))
      ? String(column.distinct)
      : null,
    column.numbers === undefined && column.lengths !== undefined
      ? (LENGTH_UNITS[column.kind] ?? "lengths")
      : "values",
    restricted ? null : extreme(summary?.min, column.min),
    quantile(0.05),
    quantile(0.5),
    quantile(0.95),
    restricted ? null : extreme(summary?.max, column.max),
    restricted || column.histogram === undefined ? null : sparkline(column.histogram.counts),
    restricted ? null : commonValues(column),
  ];
}

const LENGTH_UNITS: Readonly<Record<string, string>> = { text: "characters", list: "items", bytes: "bytes" };

function quantileText(summary: NumberSummary | undefined, share: number): Cell {
  const found = summary?.quantiles.find((quantile) => quantile.share === share);
  return found === undefined ? null : plainNumber(found.value);
}

function extreme(ofNumbers: number | null | undefined, ofValues: unknown): Cell {
  if (typeof ofNumbers === "number") return plainNumber(ofNumbers);
  return ofValues === null || ofValues === undefined ? null : shortText(ofValues);
}

/** Four significant digits, without separators, so that the viewer can sort by it. */
function plainNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

function commonValues(column: ColumnProfile): Cell {
  const top = column.topValues?.slice(0, COMMON_VALUES) ?? [];
  if (top.length === 0) return null;
  return top.map(({ value, count }) => `${shortText(value)} (${numberText(count)})`).join(", ");
}

function shortText(value: unknown): string {
  const text = typeof value === "string" ? value : inspect(value, { breakLength: Infinity });
  return text.length > MAXIMUM_TEXT ? `${text.slice(0, MAXIMUM_TEXT)}…` : text;
}

/**
 * Counts as a line of blocks, the highest a full one.
 *
 * @example
 * sparkline([0, 1, 4, 8]) //=> "▁▂▅█"
 */
export function sparkline(counts: readonly number[]): string {
  const highest = Math.max(1, ...counts);
  const last = BLOCKS.length - 1;
  return counts.map((count) => BLOCKS[Math.round((count / highest) * last)]).join("");
}

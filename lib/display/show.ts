import { inspect, types } from "node:util";

import type { Table as ArrowTable } from "apache-arrow";
import { describeRestricted, holdsRestricted } from "../core/restricted.ts";
import { fromArrow } from "../table/from-arrow.ts";
import { fromRows } from "../table/from-rows.ts";
import { Table } from "../table/table.ts";
import { DISPLAY_SYMBOL, isDisplayable, toRichBundle } from "./bundle.ts";
import type { Displayable, RichBundle } from "./bundle.ts";
import { figureBundle, isFigure } from "./figure.ts";
import type { FigureDisplayOptions } from "./figure.ts";
import { jupyterHost } from "./jupyter-host.ts";
import { isPlainObject } from "./plain-object.ts";
import { isProfile, profileBundle } from "./profile.ts";
import { countOf } from "./table-model.ts";
import { sourceName, tableBundle } from "./table.ts";
import type { TableDisplayOptions } from "./table.ts";

export interface ShowOptions extends FigureDisplayOptions, TableDisplayOptions {}

const MAXIMUM_ARROW_COLUMNS = 40;
/** A longer text is clipped, so that no output makes a notebook unreadable. */
const MAXIMUM_TEXT_CHARACTERS = 50_000;

/**
 * Show a value in the cell's output: a figure, a table, an Arrow table, an array of objects, anything that
 * says itself how it is shown, and else its text. Without a kernel its text goes to stdout.
 *
 * @example
 * await show(lineFigure(rows, { x: "step", y: "loss" }), { alt: "Loss falls from 9 to 2 nats" })
 * await show(table, { caption: "PubMedQA, labelled set" })
 */
export async function show(value: unknown, options: ShowOptions = {}): Promise<void> {
  const bundle = (await formatValue(value, options)) ?? { data: { "text/plain": textOf(value) } };
  const host = jupyterHost();
  if (host === undefined) process.stdout.write(`${String(bundle.data["text/plain"] ?? textOf(value))}\n`);
  else host.display(bundle);
}

/** The bundle of a value that this library can show better than as text, else undefined. */
export function formatValue(value: unknown, options: ShowOptions = {}): Promise<RichBundle> | undefined {
  if (types.isProxy(value)) return undefined;
  if (isDisplayable(value)) return displayed(value);
  if (value instanceof Table) return tableBundle(value, options);
  if (isProfile(value))
    return Promise.resolve(profileBundle(value, options.caption ?? sourceName(value.source)));
  if (isArrowTable(value)) return arrowBundle(value, options);
  if (holdsRestricted(value)) return Promise.resolve({ data: { "text/plain": describeRestricted(value) } });
  if (isFigure(value)) return figureBundle(value, options);
  if (isRows(value)) return rowsBundle(value, options);
  return undefined;
}

async function displayed(value: Displayable): Promise<RichBundle> {
  return toRichBundle(await value[DISPLAY_SYMBOL]());
}

/** Rows that the database cannot hold, such as ones that mix types, are shown as text. */
async function rowsBundle(
  rows: readonly Record<string, unknown>[],
  options: ShowOptions,
): Promise<RichBundle> {
  try {
    return await tableBundle(fromRows(rows), options);
  } catch {
    return { data: { "text/plain": textOf(rows) } };
  }
}

/** One that the database cannot hold, such as with a union, is shown by its columns alone. */
async function arrowBundle(arrow: ArrowTable, options: ShowOptions): Promise<RichBundle> {
  try {
    return await tableBundle(fromArrow(arrow), options);
  } catch (error) {
    const columns = arrow.schema.fields
      .slice(0, MAXIMUM_ARROW_COLUMNS)
      .map(({ name, type }) => `${name}: ${type}`);
    const shape = `${countOf(arrow.numRows, "row")} × ${countOf(arrow.numCols, "column")}`;
    const problem = error instanceof Error ? error.message : String(error);
    const text = `Arrow table: ${shape}\n${columns.join("\n")}\n(its rows are not shown: ${problem})`;
    return { data: { "text/plain": textOf(text) } };
  }
}

/** A list of one object or more, nothing else in it. */
function isRows(value: unknown): value is readonly Record<string, unknown>[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  // A loop that ends at the first hole: an array may say that it has billions of items.
  for (let index = 0; index < value.length; index++) if (!isPlainObject(value[index])) return false;
  return true;
}

/** By its shape, since a notebook may hold another copy of the library. */
function isArrowTable(value: unknown): value is ArrowTable {
  const { schema, batches, numRows } = (value ?? {}) as Partial<ArrowTable>;
  return Array.isArray(schema?.fields) && Array.isArray(batches) && typeof numRows === "number";
}

function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : inspect(value);
  const more = text.length - MAXIMUM_TEXT_CHARACTERS;
  if (more <= 0) return text;
  return `${text.slice(0, MAXIMUM_TEXT_CHARACTERS)}\n… ${more.toLocaleString("en-US")} more characters`;
}

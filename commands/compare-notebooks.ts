import { isDeepStrictEqual } from "node:util";
import {
  compareContent,
  compareFigures,
  moved,
  type ComparedNumber,
} from "../lib/lab/stages/compare-content.ts";
import type { Figure } from "../lib/plots/figure.ts";
import { sourceOf, type Cell, type Notebook, type Output } from "./notebook-file.ts";

/** An output that is not what was stored. */
export interface OutputDifference {
  /** Place among the notebook's code cells, from 1. */
  readonly cell: number;
  readonly id: string;
  /** What moved, from what to what. */
  readonly what: string;
}

/**
 * Compare the outputs of a notebook that ran with those that were stored, by their content and never by pixels.
 *
 * A cell's outputs are the very same; with the tag `trained` numbers of figures, tables and texts may differ by 2 %, those
 * with an interval by it, and pictures are not looked at; with the tag `varies` (speeds, times) only the kinds of outputs
 * count. A notebook that was stored without outputs differs in nothing.
 */
export function compareNotebooks(stored: Notebook, executed: Notebook): OutputDifference[] {
  const [before, after] = [codeCells(stored), codeCells(executed)];
  if (before.every(({ outputs = [] }) => outputs.length === 0)) return [];
  const byId = new Map(before.map((cell) => [cell.id, cell]));
  return after.flatMap((cell, index) =>
    // The cell of `--parameters` was not stored; it has no output.
    compareCells(byId.get(cell.id), cell).map((what) => ({ cell: index + 1, id: cell.id, what })),
  );
}

function codeCells({ cells }: Notebook): Cell[] {
  return cells.filter((cell) => cell.cell_type === "code" && sourceOf(cell).trim() !== "");
}

function compareCells(stored: Cell | undefined, executed: Cell): string[] {
  const { tags = [] } = executed.metadata;
  const [before, after] = [stored?.outputs ?? [], executed.outputs ?? []];
  const kinds = before.map(kindsOf);
  if (!isDeepStrictEqual(kinds, after.map(kindsOf)))
    return [`its outputs were ${told(before)}, now ${told(after)}`];
  if (tags.includes("varies")) return [];
  return after.flatMap((output, index) =>
    tags.includes("trained")
      ? compareOutputs(before[index]!, output).map(words)
      : differingForms(before[index]!, output),
  );
}

function kindsOf({ output_type, data }: Output): unknown {
  return { output_type, kinds: Object.keys((data ?? {}) as object) };
}

function told(outputs: readonly Output[]): string {
  return outputs.map(({ output_type: type }) => type).join(", ") || "none";
}

/** Outputs that must be the very same: which of their forms is not, and for figures where. */
function differingForms(before: Output, after: Output): string[] {
  const [left, right] = [formsOf(before), formsOf(after)];
  const figure = compareFigures(figureOf(left), figureOf(right), "exact");
  if (figure.length > 0) return figure.map(words);
  return [...right]
    .filter(([mime, value]) => !isDeepStrictEqual(left.get(mime), value))
    .map(([mime]) => `${mime} is not what was stored`);
}

function compareOutputs(before: Output, after: Output): ComparedNumber[] {
  const [left, right] = [formsOf(before), formsOf(after)];
  if (figureOf(right) !== null) return compareFigures(figureOf(left), figureOf(right), "trained");
  // The page's form of a table says the same as its text.
  const mime = [...right.keys()].find((each) => each === "text/plain" || each === "text");
  if (mime !== undefined) return compareText(String(left.get(mime)), String(right.get(mime)));
  return [...right].flatMap(([name, value]) => compareContent(left.get(name), value, "trained", name));
}

const figureMime = "application/vnd.plotly.v1+json";

function figureOf(forms: ReadonlyMap<string, unknown>): Figure | null {
  return (forms.get(figureMime) as Figure | undefined) ?? null;
}

/** MIME types and values; lists of lines as one text. */
function formsOf({ data, text }: Output): Map<string, unknown> {
  const forms = Object.entries((data ?? (text === undefined ? {} : { text })) as object);
  return new Map(
    forms.map(([mime, value]) => [
      mime,
      Array.isArray(value) && value.every((line) => typeof line === "string")
        ? value.join("")
        : (value as unknown),
    ]),
  );
}

const number = /-?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?/giu;

/** Texts with the same words, and numbers within tolerance; columns may be as wide as they like. */
function compareText(before: string, after: string): ComparedNumber[] {
  const [left, right] = [before, after].map((text) =>
    text.replaceAll(number, "#").replaceAll(/[\s─-]+/gu, " "),
  );
  if (left !== right) return [moved("text", "exact", before.slice(0, 60), after.slice(0, 60))];
  const [was, is] = [numbersIn(before), numbersIn(after)];
  return compareContent(was, is, "trained", "text");
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(number)].map(([digits]) => Number(digits.replaceAll(",", "")));
}

function words({ number: place, before, after }: ComparedNumber): string {
  return `${place}: ${before} -> ${after}`;
}

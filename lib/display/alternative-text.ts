import type { Figure, Trace } from "../plots/index.ts";

/** Up to this many labelled values are read out one by one. */
const MAXIMUM_LISTED_VALUES = 8;

/**
 * What a figure shows, in words: kind, title, axes with their ranges, series, and the values when they are few.
 *
 * @example
 * alternativeText(lineFigure([{ step: 1, loss: 2 }, { step: 9, loss: 1 }], { x: "step", y: "loss", title: "Loss" }))
 * //=> 'Line chart "Loss". Horizontal axis: step, 1 to 9. Vertical axis: loss, 1 to 2.'
 */
export function alternativeText(figure: Figure): string {
  const layout = figure.layout as {
    title?: unknown;
    xaxis?: unknown;
    yaxis?: unknown;
    shapes?: readonly { name?: string; showlegend?: boolean }[];
    meta?: { kind?: string };
  };
  const [first] = figure.data;
  const kind = layout.meta?.kind ?? (first === undefined ? "Empty figure" : `Figure (${first.type})`);
  const title = titleText(layout.title);
  const sentences = [
    title === "" ? `${kind}.` : `${kind} "${title}".`,
    axisSentence("Horizontal", layout.xaxis, figure.data, "x"),
    axisSentence("Vertical", layout.yaxis, figure.data, "y"),
    seriesSentence(figure.data),
    linesSentence(layout.shapes),
    valuesSentence(figure.data),
  ];
  return sentences.filter((sentence) => sentence !== "").join(" ");
}

/** The figure's title without markup, else what kind of figure it is. */
export function plainTitle({ layout }: Figure): string {
  const { kind = "Figure" } = (layout["meta"] ?? {}) as { kind?: string };
  return titleText(layout["title"]) || kind;
}

function axisSentence(side: string, axis: unknown, data: readonly Trace[], key: "x" | "y"): string {
  const title = titleText((axis as { title?: unknown } | undefined)?.title);
  // Further panels have axes of their own, perhaps of another unit.
  const first = data.filter((trace) => (trace[`${key}axis`] ?? key) === key);
  const values = first.flatMap((trace) => axisValues(trace, key));
  const numbers = values.filter((value) => typeof value === "number");
  const isCategory = (axis as { type?: unknown } | undefined)?.type === "category";
  const range = numbers.length > 0 && !isCategory ? rangeText(numbers) : namesText(values.map(String));
  const words = [title, range].filter((word) => word !== "");
  return words.length === 0 ? "" : `${side} axis: ${words.join(", ")}.`;
}

/** Values along an axis; a box's lie in its fences, a bar's that begins somewhere at both its ends. */
function axisValues(trace: Trace, key: "x" | "y"): unknown[] {
  const own = listOf(trace[key]);
  const starts = listOf(trace["base"]) as number[];
  if (starts.length > 0 && key === (trace["orientation"] === "h" ? "x" : "y"))
    return starts.flatMap((start, index) => [start, start + (own[index] as number)]);
  if (own.length > 0 || trace.type !== "box") return own.filter((value) => value !== null);
  return [...listOf(trace["lowerfence"]), ...listOf(trace["upperfence"])];
}

function seriesSentence(data: readonly Trace[]): string {
  const names = [...new Set(data.map((trace) => trace.name).filter((name) => name !== undefined))];
  return names.length > 1 ? `Series: ${names.map(unescapeText).join(", ")}.` : "";
}

/** Lines that the legend names, such as the accuracy of guessing. */
function linesSentence(shapes: readonly { name?: string; showlegend?: boolean }[] = []): string {
  const names = shapes.flatMap(({ name, showlegend }) => (name !== undefined && showlegend ? [name] : []));
  return names.length > 0 ? `Reference lines: ${names.map(unescapeText).join(", ")}.` : "";
}

function valuesSentence(data: readonly Trace[]): string {
  const [trace] = data;
  if (trace === undefined || data.length > 1) return "";
  if (trace.type === "box") return listing("Medians", listOf(trace["y"]), listOf(trace["median"]));
  if (trace.type !== "bar") return "";
  const [x, y] = [listOf(trace["x"]), listOf(trace["y"])];
  return trace["orientation"] === "h" ? listing("Values", y, x) : listing("Values", x, y);
}

function listing(what: string, names: readonly unknown[], values: readonly unknown[]): string {
  if (names.length === 0 || names.length > MAXIMUM_LISTED_VALUES) return "";
  const pairs = names.map((name, index) => `${unescapeText(String(name))} ${numberText(values[index])}`);
  return `${what}: ${pairs.join("; ")}.`;
}

function rangeText(numbers: readonly number[]): string {
  let [low, high] = [Infinity, -Infinity];
  for (const number of numbers) {
    low = Math.min(low, number);
    high = Math.max(high, number);
  }
  return low === high ? numberText(low) : `${numberText(low)} to ${numberText(high)}`;
}

function namesText(names: readonly string[]): string {
  const distinct = [...new Set(names)].map(unescapeText);
  if (distinct.length <= MAXIMUM_LISTED_VALUES) return distinct.join(", ");
  return `${distinct.length} values from ${distinct[0]} to ${distinct.at(-1)}`;
}

/** A number for reading: at most four significant digits, thousands apart. */
export function numberText(value: unknown): string {
  if (typeof value !== "number") return value === null || value === undefined ? "no value" : String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en-US");
  return value.toLocaleString("en-US", { maximumSignificantDigits: 4 });
}

function titleText(title: unknown): string {
  const text = typeof title === "string" ? title : (title as { text?: unknown } | undefined)?.text;
  return typeof text === "string" ? unescapeText(text) : "";
}

function unescapeText(text: string): string {
  return text
    .replaceAll(/<br\s*\/?>/gu, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : ArrayBuffer.isView(value) ? [...(value as Float64Array)] : [];
}

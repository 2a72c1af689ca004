import { ArgumentError } from "../core/errors.ts";
import { holdsRestricted } from "../core/restricted.ts";
import type { Figure } from "../plots/index.ts";
import { alternativeText } from "./alternative-text.ts";
import { DISPLAY_SYMBOL, FIGURE_MIME } from "./bundle.ts";
import type { Displayable, RichBundle } from "./bundle.ts";
import { downsampleFigure } from "./downsample.ts";
import { isPlainObject, ownValue } from "./plain-object.ts";
import { DEFAULT_HEIGHT, DEFAULT_WIDTH, staticImage } from "./static-image.ts";

export interface FigureDisplayOptions {
  /** What the figure shows, for readers who cannot see it. @default made from title, axes and series */
  readonly alt?: string;
}

/** Points per line or cloud in the static image, and in the live figure when it would be too large. */
const MAXIMUM_POINTS = 2_000;
/** Live figures up to this many characters of JSON keep every point. */
const MAXIMUM_LIVE_CHARACTERS = 80_000;
/** More would take a browser minutes and a notebook megabytes. */
const MAXIMUM_DRAWN_POINTS = 20_000;
/** A longer label is clipped. */
const MAXIMUM_LABEL_CHARACTERS = 2_000;
/** With its base64 form, the picture and the live figure stay under 200 kB together. */
const MAXIMUM_IMAGE_BYTES = 80_000;

/**
 * Make a figure that shows itself as the last value of a cell, from any plotly data and layout.
 *
 * The functions of `lib/plots` need it only to be given an alternative text of your own.
 *
 * @throws {ArgumentError} `data` is not a list of traces, `layout` not an object, or something in it is restricted
 *
 * @example
 * figure({ data: [{ type: "scatter", x: [1, 2], y: [2, 4] }], layout: { title: { text: "Doubling" } } })
 */
export function figure(content: Figure, options: FigureDisplayOptions = {}): Figure & Displayable {
  if (!isFigure(content)) {
    throw new ArgumentError("content", "a figure: { data: [traces], layout: { ... } }", content);
  }
  if (holdsRestricted(content))
    throw new ArgumentError("content", "public: a figure is saved with all that it holds", content);
  const { data, layout } = content;
  return { data, layout, [DISPLAY_SYMBOL]: () => figureBundle(content, options) };
}

/** Whether a value is plotly's `{ data, layout }` and nothing more, so that no other value is taken for one. */
export function isFigure(value: unknown): value is Figure {
  if (!isPlainObject(value)) return false;
  const [data, layout] = [ownValue(value, "data"), ownValue(value, "layout")];
  if (!Array.isArray(data) || !isPlainObject(layout)) return false;
  const others = Object.keys(value).filter((key) => key !== "data" && key !== "layout");
  const traces = data.every((trace) => isPlainObject(trace) && typeof ownValue(trace, "type") === "string");
  return traces && others.every((key) => key === "config");
}

/** The live figure, its picture and its words. A picture that cannot be drawn is said in the words. */
export async function figureBundle(content: Figure, options: FigureDisplayOptions = {}): Promise<RichBundle> {
  const full = toJson(content);
  const thinned = downsampleFigure(full, MAXIMUM_POINTS);
  const live = JSON.stringify(full).length <= MAXIMUM_LIVE_CHARACTERS ? full : thinned.figure;
  const alt = options.alt ?? alternativeText(full);
  const points = pointCount(thinned.figure);
  if (points > MAXIMUM_DRAWN_POINTS) return { data: { "text/plain": `${alt}\n${tooManyNote(points)}` } };
  const note = thinningNote(thinned.pointsBefore, thinned.pointsAfter, live === full);
  const data = {
    [FIGURE_MIME]: { data: live.data, layout: { ...live.layout, meta: { ...metaOf(live), alt } } },
  };
  const { width, height } = sizeOf(content);
  try {
    const png = await staticImage(thinned.figure, {
      width,
      height,
      maximumBytes: MAXIMUM_IMAGE_BYTES,
    });
    return {
      data: { ...data, "image/png": Buffer.from(png).toString("base64"), "text/plain": alt + note },
      metadata: { "image/png": { width, height, alt } },
    };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { data: { ...data, "text/plain": `${alt}${note}\n(no static image: ${problem})` } };
  }
}

/** The live form alone, thinned: for an output that is replaced every second until {@link figureBundle} ends it. */
export function liveFigureBundle(content: Figure): RichBundle {
  const { figure: thinned } = downsampleFigure(toJson(content), MAXIMUM_POINTS);
  return { data: { [FIGURE_MIME]: thinned, "text/plain": alternativeText(thinned) } };
}

/** Points that are drawn one by one: all but those of lines and clouds, which are thinned. */
function pointCount({ data }: Figure): number {
  let points = 0;
  for (const trace of data) {
    const lists = [trace["x"], trace["y"], trace["z"]].filter((values) => Array.isArray(values));
    if (trace.type !== "scatter") points += Math.max(0, ...lists.map((values) => values.length));
  }
  return points;
}

function tooManyNote(points: number): string {
  const most = MAXIMUM_DRAWN_POINTS.toLocaleString("en-US");
  return `(not drawn: ${points.toLocaleString("en-US")} points, at most ${most} are; count or bin them first, in SQL say)`;
}

function thinningNote(before: number, after: number, liveKeepsAll: boolean): string {
  if (before === 0) return "";
  const where = liveKeepsAll ? "In the static image" : "Here";
  const counts = `${after.toLocaleString("en-US")} of ${before.toLocaleString("en-US")} points`;
  return `\n${where} long lines hold ${counts}: the lowest and the highest of each run.`;
}

function sizeOf(content: Figure): { width: number; height: number } {
  const { width, height } = content.layout as { width?: unknown; height?: unknown };
  return {
    width: typeof width === "number" ? width : DEFAULT_WIDTH,
    height: typeof height === "number" ? height : DEFAULT_HEIGHT,
  };
}

function metaOf(content: Figure): object {
  const { meta } = content.layout as { meta?: unknown };
  return typeof meta === "object" && meta !== null ? meta : {};
}

/** A copy that is JSON: typed arrays as lists, bigint as number, NaN and infinities as null, long texts clipped. */
function toJson(content: Figure): Figure {
  const text = JSON.stringify({ data: content.data, layout: content.layout }, (_key, value: unknown) => {
    if (typeof value === "bigint") return Number(value);
    if (typeof value === "string" && value.length > MAXIMUM_LABEL_CHARACTERS)
      return `${value.slice(0, MAXIMUM_LABEL_CHARACTERS)}…`;
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return [...(value as Float64Array)];
    return value;
  });
  return JSON.parse(text) as Figure;
}

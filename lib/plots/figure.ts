import { unknownName } from "../core/nearest-name.ts";

/** One plotly trace; the properties are plotly's own. */
export interface Trace {
  readonly type: string;
  readonly name?: string;
  readonly [property: string]: unknown;
}

/** A plotly layout; the properties are plotly's own. */
export type Layout = Readonly<Record<string, unknown>>;

/** A run or results that a figure shows: what `explain` begins from. No path, so that a notebook may hold it. */
export interface FigureSource {
  readonly kind: "run" | "results";
  /** Of the run. */
  readonly name: string;
  /** Of the configuration, or of the model. */
  readonly fingerprint?: string;
  /** Of each token shards' manifest. */
  readonly data?: readonly string[];
  /** Null where the project was no git checkout. */
  readonly code?: { readonly commit: string | null; readonly hasChanges: boolean } | null;
}

/** The same figure, with `layout.meta.sources`. */
export function withSources(figure: Figure, sources: readonly FigureSource[]): Figure {
  if (sources.length === 0) return figure;
  const meta = { ...(figure.layout["meta"] as object | undefined), sources };
  return { ...figure, layout: { ...figure.layout, meta } };
}

/** A figure as data: what plotly draws, and nothing else. */
export interface Figure {
  readonly data: readonly Trace[];
  readonly layout: Layout;
}

/** How an axis counts. */
export type Scale = "linear" | "log";

/** What every figure can be told about its words and axes. */
export interface FigureOptions {
  readonly title?: string;
  /** Title of the horizontal axis, with its unit: `"Length (words)"`. @default the column's name */
  readonly xLabel?: string;
  /** Title of the vertical axis, with its unit. @default the column's name */
  readonly yLabel?: string;
  /** Height in CSS pixels. @default chosen by the viewer, 420 in the static image */
  readonly height?: number;
}

/** Colours of Okabe and Ito that are told apart by everyone and seen on white and on black. */
export const COLORWAY = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"] as const;

/**
 * What all figures share. It sets no background and no text colour: the page does, so that one saved
 * figure is right in a light theme, in a dark one and in print.
 */
const TEMPLATE = {
  layout: {
    colorway: COLORWAY,
    font: { family: "Inter, Helvetica Neue, Arial, sans-serif", size: 13 },
    title: { x: 0, xref: "paper", xanchor: "left", font: { size: 16 } },
    margin: { l: 64, r: 24, t: 56, b: 56 },
    // At the foot of the picture: plotly makes room there for as many lines as its names take.
    legend: { orientation: "h", x: 0, xanchor: "left", y: 0, yanchor: "bottom", yref: "container" },
    xaxis: {
      automargin: true,
      exponentformat: "B",
      separatethousands: true,
      ticklabelstandoff: 4,
      zeroline: false,
    },
    yaxis: {
      automargin: true,
      exponentformat: "B",
      separatethousands: true,
      ticklabelstandoff: 4,
      zeroline: false,
    },
    hoverlabel: { align: "left" },
  },
} as const;

/** The axes of a figure, before the template fills in the rest. */
export interface Axes {
  readonly x: Layout;
  readonly y: Layout;
}

/** Put traces, axes and words together, keys always in this order. */
export function composeFigure(
  kind: string,
  data: readonly Trace[],
  axes: Axes,
  options: FigureOptions,
): Figure {
  const named = data.filter((trace) => trace.name !== undefined).length;
  const layout: Record<string, unknown> = {};
  if (options.title !== undefined) layout["title"] = { text: escapePlotlyText(options.title) };
  layout["xaxis"] = axes.x;
  layout["yaxis"] = axes.y;
  layout["showlegend"] = named > 1;
  if (options.title === undefined) layout["margin"] = { t: 24 };
  if (options.height !== undefined) layout["height"] = options.height;
  layout["meta"] = { kind };
  layout["template"] = TEMPLATE;
  return { data, layout };
}

/**
 * An axis with its title; on a log scale only powers of ten are labelled.
 *
 * @throws {ArgumentError} neither scale
 */
export function axis(label: string, scale: Scale = "linear"): Record<string, unknown> {
  if (scale !== "linear" && scale !== "log") throw unknownName("scale", scale, ["linear", "log"]);
  const title = { text: escapePlotlyText(label) };
  return scale === "log" ? { title, type: "log", dtick: 1 } : { title };
}

/** A longer label is cut: nobody reads it, and its picture would take gigabytes. */
const maximumLabelCharacters = 2000;

/**
 * Make data safe as plotly text, which reads `<b>`, `<br>`, `<a href>` and entities as markup.
 *
 * @example
 * escapePlotlyText("p < 0.05 & <b>bold</b>") //=> "p &lt; 0.05 &amp; &lt;b&gt;bold&lt;/b&gt;"
 */
export function escapePlotlyText(text: string): string {
  return text
    .slice(0, maximumLabelCharacters)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

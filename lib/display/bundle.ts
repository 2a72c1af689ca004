/** MIME type to value: JSON types hold JSON, images hold base64, text types hold text. */
export type MimeMap = Readonly<Record<string, unknown>>;

/** One rich output: the same thing in several forms; a front end shows the richest that it knows. */
export interface RichBundle {
  readonly data: MimeMap;
  /** Per MIME type: `width`, `height` and `alt` of an image. */
  readonly metadata?: MimeMap;
  /** Name by which a later output can replace this one. */
  readonly displayId?: string;
}

/** What a value's `[Symbol.for("Jupyter.display")]()` gives. */
export type Bundle = RichBundle | MimeMap;

export const DISPLAY_SYMBOL: unique symbol = Symbol.for("Jupyter.display") as never;

export const FIGURE_MIME = "application/vnd.plotly.v1+json";
export const TABLE_MIME = "application/vnd.rounds.table.v1+json";
export const WIDGET_MIME = "application/vnd.rounds.widget.v1+json";
export const PROGRESS_MIME = "application/vnd.rounds.progress.v1+json";
export const PROMPT_MIME = "application/vnd.rounds.prompt.v1+json";
export const STRATEGIES_MIME = "application/vnd.rounds.strategies.v1+json";

/** A value that says itself how it is shown. */
export interface Displayable {
  [DISPLAY_SYMBOL](): Bundle | Promise<Bundle>;
}

export function isDisplayable(value: unknown): value is Displayable {
  return typeof (value as Partial<Displayable> | null | undefined)?.[DISPLAY_SYMBOL] === "function";
}

/** Tell the two forms of a bundle apart: a MIME type always has a slash, `data` has none. */
export function toRichBundle(bundle: Bundle): RichBundle {
  const held = (bundle as RichBundle).data;
  return typeof held === "object" && held !== null ? (bundle as RichBundle) : { data: bundle as MimeMap };
}

import { extname } from "node:path";

import { ArgumentError } from "../core/errors.ts";
import { recordMade } from "../core/lineage.ts";
import { writeFileAtomically } from "../core/write-file-atomically.ts";
import type { Figure } from "../plots/index.ts";
import { alternativeText, plainTitle } from "./alternative-text.ts";
import { isFigure } from "./figure.ts";
import type { ImageForm } from "./image-form.ts";
import { DEFAULT_HEIGHT, DEFAULT_WIDTH, drawFigure } from "./static-image.ts";

/** CSS pixels, 96 an inch, or millimetres on paper: `"85mm"`. */
export type Length = number | `${number}mm`;

export interface SaveFigureOptions {
  /** @default the figure's own, else 700 pixels */
  readonly width?: Length;
  /** @default the figure's own, else three fifths of the width */
  readonly height?: Length;
  /** Size of text and lines beside their usual one, in which text has 13 pixels or 9.75 points. @default 1 */
  readonly scale?: number;
  /** Pixels an inch of a PNG; SVG and PDF have none. @default 300 */
  readonly dpi?: number;
}

/** What was written: its size on paper and in bytes. */
export interface SavedFigure {
  readonly format: "svg" | "png" | "pdf";
  readonly widthMillimetres: number;
  readonly heightMillimetres: number;
  readonly bytes: number;
}

const MILLIMETRES_PER_INCH = 25.4;
const MILLIMETRES_PER_PIXEL = MILLIMETRES_PER_INCH / 96;
/** Of the PNG as a whole. */
const MAXIMUM_PIXELS = 100_000_000;
const formats = ["svg", "png", "pdf"] as const;

/**
 * Write a figure for a manuscript: SVG, PNG or PDF by the path's ending, in the colours of a printed page.
 *
 * SVG and PDF are made of lines and of text that can be selected; a PDF holds its font (Inter), an SVG names it. The
 * same figure gives the same bytes. A PNG says its size on paper. The path never holds half of a file.
 *
 * @param scale below 1 for a narrow column: `{ width: "85mm", scale: 0.7 }` has text of 6.8 points
 * @throws {ArgumentError} no figure, another ending, a size that is no length, or more than 100 million pixels
 *
 * @example
 * await saveFigure(accuracyFigure(rows), "figures/table-2.pdf", { width: "170mm" })
 */
export async function saveFigure(
  figure: Figure,
  path: string,
  options: SaveFigureOptions = {},
): Promise<SavedFigure> {
  if (!isFigure(figure)) throw new ArgumentError("figure", "{ data: [traces], layout: { ... } }", figure);
  const format = formats.find((each) => extname(String(path)).toLowerCase() === `.${each}`);
  if (format === undefined) throw new ArgumentError("path", "a name that ends in .svg, .png or .pdf", path);
  const { scale = 1, dpi = 300 } = options;
  if (!(scale >= 0.2 && scale <= 5)) throw new ArgumentError("scale", "from 0.2 to 5", scale);
  if (!(dpi >= 36 && dpi <= 2400)) throw new ArgumentError("dpi", "from 36 to 2,400", dpi);
  const own = figure.layout as { readonly width?: unknown; readonly height?: unknown };
  const width = millimetres("width", options.width ?? ownLength(own.width, scale) ?? DEFAULT_WIDTH * scale);
  const ratio = DEFAULT_HEIGHT / DEFAULT_WIDTH;
  const height = millimetres(
    "height",
    options.height ?? ownLength(own.height, scale) ?? (ratio * width) / MILLIMETRES_PER_PIXEL,
  );

  const page = {
    widthMillimetres: width,
    heightMillimetres: height,
    title: plainTitle(figure),
    description: alternativeText(figure),
  };
  const widthPixels = Math.round((width / MILLIMETRES_PER_INCH) * dpi);
  if (format === "png" && widthPixels * ((height / MILLIMETRES_PER_INCH) * dpi) > MAXIMUM_PIXELS)
    throw new ArgumentError("dpi", "so low that the PNG has at most 100 million pixels", dpi);
  const form: ImageForm =
    format === "png" ? { kind: format, widthPixels, dotsPerInch: dpi } : { kind: format, ...page };
  // The layout's pixels: text of 13 of them, whatever the paper's size.
  const size = {
    width: Math.round(width / MILLIMETRES_PER_PIXEL / scale),
    height: Math.round(height / MILLIMETRES_PER_PIXEL / scale),
  };
  const { width: _, height: __, ...layout } = figure.layout;
  const bytes = await drawFigure({ data: figure.data, layout }, size, form);
  recordMade({ kind: "figure", path, from: [], step: "saveFigure" });
  await writeFileAtomically(path, bytes);
  return {
    format,
    widthMillimetres: rounded(width),
    heightMillimetres: rounded(height),
    bytes: bytes.length,
  };
}

function ownLength(value: unknown, scale: number): number | undefined {
  return typeof value === "number" ? value * scale : undefined;
}

function millimetres(name: string, length: Length): number {
  const [, number] = typeof length === "string" ? (/^\s*([\d.]+)\s*mm$/u.exec(length) ?? []) : [];
  const value = number === undefined ? Number(length) * MILLIMETRES_PER_PIXEL : Number(number);
  if (value >= 10 && value <= 1000) return Number(value.toFixed(4));
  throw new ArgumentError(name, 'a number of pixels or a text such as "85mm", from 10 to 1,000 mm', length);
}

function rounded(value: number): number {
  return Number(value.toFixed(1));
}

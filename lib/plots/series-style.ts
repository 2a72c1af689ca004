import { COLORWAY } from "./figure.ts";

/** The first is drawn solid; a second sign beside the colour is what a grey print keeps. */
const dashes = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"] as const;
const symbols = ["circle", "square", "diamond", "triangle-up", "triangle-down", "cross"] as const;
const patterns = ["", "/", "x", ".", "\\", "-"] as const;

/** How one of several series is told from the others: by colour, and without it by dash, marker or pattern. */
export interface SeriesStyle {
  readonly color: string;
  readonly dash: (typeof dashes)[number];
  readonly symbol: (typeof symbols)[number];
  readonly pattern: (typeof patterns)[number];
}

/**
 * The fill of a bar: its colour, with light marks on it that tell it from others without the colour.
 *
 * @param opacity of the marks, lower where text stands on them
 */
export function barMarker(
  { color, pattern }: SeriesStyle,
  opacity = 0.75,
): Readonly<Record<string, unknown>> {
  if (pattern === "") return { color };
  const marks = { fillmode: "overlay", fgcolor: "#ffffff", fgopacity: opacity, size: 9, solidity: 0.22 };
  return { color, pattern: { shape: pattern, ...marks } };
}

/** @param index place of the series, from 0; beyond the sixth the colours begin again with other dashes */
export function seriesStyle(index: number): SeriesStyle {
  const shifted = index + Math.floor(index / COLORWAY.length);
  const pick = <Item>(list: readonly Item[]): Item => list[shifted % list.length]!;
  return {
    color: COLORWAY[index % COLORWAY.length]!,
    dash: pick(dashes),
    symbol: pick(symbols),
    pattern: pick(patterns),
  };
}

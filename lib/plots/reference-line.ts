import { escapePlotlyText } from "./figure.ts";
import type { Layout } from "./figure.ts";

/** Where a line stands: across a panel at one value of an axis, in the panel with this suffix. */
export interface ReferencePlace {
  readonly axis: "x" | "y";
  readonly value: number;
  readonly suffix?: string;
  readonly dash: "dot" | "dash";
}

/** A grey line across a panel that the legend names, such as the accuracy of guessing. */
export function referenceLine(name: string, { axis, value, suffix = "", dash }: ReferencePlace): Layout {
  const across = axis === "x" ? "y" : "x";
  return {
    type: "line",
    name: escapePlotlyText(name),
    legendgroup: name,
    [`${axis}ref`]: `${axis}${suffix}`,
    [`${across}ref`]: `${across}${suffix} domain`,
    [`${axis}0`]: value,
    [`${axis}1`]: value,
    [`${across}0`]: 0,
    [`${across}1`]: 1,
    line: { color: "#8b949e", width: 1.2, dash },
  };
}

/** Lines of one name have one place in the legend. */
export function namedOnce(lines: readonly Layout[]): Layout[] {
  const first = new Map(lines.toReversed().map((line) => [line["name"], line]));
  return lines.map((line) => ({ ...line, showlegend: first.get(line["name"]) === line }));
}

/**
 * What a line of guessing is called: with its accuracy where that is the same everywhere.
 *
 * @example
 * chanceName([25, 25]) //=> "chance (25 %)"
 */
export function chanceName(percents: readonly number[]): string {
  const [first, ...others] = new Set(percents.map((percent) => Number(percent.toFixed(1))));
  return first === undefined || others.length > 0 ? "chance" : `chance (${first} %)`;
}

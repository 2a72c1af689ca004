import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { barMarker, seriesStyle } from "./series-style.ts";

/** One data set of a mixture. */
export interface MixturePart {
  readonly domain: string;
  readonly dataset: string;
  /** Samples, documents or tokens: one unit for all. */
  readonly count: number;
}

/**
 * What a mixture is made of: a bar a data set with its count and share, each domain's total in the legend; Table 3.
 *
 * @param options.xLabel what is counted; its horizontal axis is linear, from 0
 * @throws {ArgumentError} no part, a negative count, or nothing counted at all
 *
 * @example
 * mixtureFigure([{ domain: "medical", dataset: "MedQA", count: 3 }, { domain: "general", dataset: "Flan", count: 1 }])
 *   .data.map(({ name, text }) => [name, text])
 * //=> [["medical: 3 (75.00 %)", ["3 (75.00 %)"]], ["general: 1 (25.00 %)", ["1 (25.00 %)"]]]
 */
export function mixtureFigure(parts: readonly MixturePart[], options: FigureOptions = {}): Figure {
  checkList("parts", "a list of parts", parts);
  checkFigureOptions(options);
  if (parts.length === 0) throw new ArgumentError("parts", "at least one", parts);
  for (const { dataset, count } of parts)
    if (!(count >= 0)) throw new ArgumentError(`parts: ${dataset}.count`, "a number >= 0", count);
  const total = sumOf(parts);
  if (total === 0) throw new ArgumentError("parts", "a total above 0", total);
  const words = (count: number): string => `${countText(count)} (${((100 * count) / total).toFixed(2)} %)`;
  const domains = Map.groupBy(parts, ({ domain }) => domain);
  const data = [...domains].map(([domain, held], index): Trace => {
    return {
      type: "bar",
      orientation: "h",
      name: `${escapePlotlyText(domain)}: ${words(sumOf(held))}`,
      x: held.map(({ count }) => count),
      y: held.map(({ dataset }) => escapePlotlyText(dataset)),
      text: held.map(({ count }) => words(count)),
      textposition: "outside",
      textangle: 0,
      cliponaxis: false,
      marker: barMarker(seriesStyle(index)),
      hovertemplate: "%{y}: %{text}<extra></extra>",
    };
  });
  const { xLabel = "Samples", yLabel = "" } = options;
  // Room for the words beside the longest bar.
  const longest = Math.max(...parts.map(({ count }) => count));
  const axes = {
    x: { ...axis(xLabel), range: [0, 1.32 * longest] },
    y: { ...axis(yLabel), type: "category", autorange: "reversed" },
  };
  const { layout } = composeFigure("Mixture", data, axes, { height: 160 + 24 * parts.length, ...options });
  return { data, layout: { ...layout, barmode: "overlay" } };
}

/** Tokens of a corpus have more digits than anyone reads. */
function countText(count: number): string {
  return count >= 1e9 ? `${Number((count / 1e9).toPrecision(3))} billion` : count.toLocaleString("en-US");
}

function sumOf(parts: readonly MixturePart[]): number {
  return parts.reduce((sum, { count }) => sum + count, 0);
}

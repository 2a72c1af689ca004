import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Layout, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { namedOnce, referenceLine } from "./reference-line.ts";
import { seriesStyle } from "./series-style.ts";

/** A curve of the probability that a pair of a similarity is compared. */
export interface CandidateCurve {
  readonly name: string;
  readonly points: readonly { readonly similarity: number; readonly probability: number }[];
}

export interface SimilarityFigureOptions extends FigureOptions {
  /** Where pairs begin to be joined, drawn as a line. */
  readonly threshold?: number;
  /** Bins of the pairs' similarities. @default 40 */
  readonly bins?: number;
}

/**
 * S-curves of MinHash settings over the similarities of a corpus's own pairs: how many pairs lie where a setting
 * misses them.
 *
 * Bins are closed on the left, the last one on both sides; only the counts are in the figure.
 *
 * @param similarities Jaccard similarity of each pair found, in [0, 1]; may be empty
 * @throws {ArgumentError} no curve, or a similarity outside of [0, 1]
 *
 * @example
 * similarityFigure([{ name: "lee", points: candidateCurve({ bands: 450, rows: 20 }) }], [0.91, 0.97]).data.length //=> 2
 */
export function similarityFigure(
  curves: readonly CandidateCurve[],
  similarities: readonly number[],
  options: SimilarityFigureOptions = {},
): Figure {
  checkList("curves", "a list of curves", curves);
  checkList("similarities", "a list of similarities", similarities);
  checkFigureOptions(options, ["threshold", "bins"]);
  const { threshold, bins = 40 } = options;
  if (curves.length === 0) throw new ArgumentError("curves", "at least one curve", curves);
  if (!Number.isInteger(bins) || bins < 1) throw new ArgumentError("bins", "a whole number >= 1", bins);
  const counts = Array<number>(bins).fill(0);
  for (const similarity of similarities) {
    if (!(similarity >= 0 && similarity <= 1))
      throw new ArgumentError("similarities", "each in [0, 1]", similarity);
    counts[Math.min(bins - 1, Math.floor(similarity * bins))]! += 1;
  }
  const edges = Array.from({ length: bins + 1 }, (_, edge) => edge / bins);
  const pairs: Trace = {
    type: "scatter",
    mode: "lines",
    name: "pairs of the corpus",
    x: [0, ...edges],
    y: [0, ...counts, 0],
    yaxis: "y",
    line: { shape: "hv", width: 1, color: "#8b949e" },
    fill: "tozeroy",
  };
  const hasPairs = similarities.length > 0;
  const lines = curves.map(({ name, points }, index): Trace => ({
    type: "scatter",
    mode: "lines",
    name: escapePlotlyText(name),
    x: points.map(({ similarity }) => similarity),
    y: points.map(({ probability }) => probability),
    ...(hasPairs ? { yaxis: "y2" } : {}),
    line: { color: seriesStyle(index).color, dash: seriesStyle(index).dash },
  }));
  const { xLabel = "Jaccard similarity of two documents", yLabel = "Probability of being compared" } =
    options;
  const probabilityAxis = { ...axis(yLabel), range: [0, 1.02] };
  const pairsAxis = { ...axis("Pairs"), side: "right", rangemode: "tozero", showgrid: false };
  const axes = { x: { ...axis(xLabel), range: [0, 1] }, y: hasPairs ? pairsAxis : probabilityAxis };
  const { data, layout } = composeFigure("Similarity", hasPairs ? [pairs, ...lines] : lines, axes, options);
  // The curves lie over the pairs, so theirs is then the second axis, on the left.
  const over = { ...probabilityAxis, overlaying: "y", side: "left", tickmode: "auto" };
  const line = (value: number): Layout =>
    referenceLine(`threshold (${value})`, { axis: "x", value, dash: "dash" });
  const shapes = threshold === undefined ? {} : { shapes: namedOnce([line(threshold)]), showlegend: true };
  return { data, layout: { ...layout, ...(hasPairs ? { yaxis2: over } : {}), ...shapes } };
}

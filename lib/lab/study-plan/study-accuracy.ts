import { checkList } from "../../core/arguments.ts";
import { ArgumentError } from "../../core/errors.ts";
import { unknownName } from "../../core/nearest-name.ts";
import type { Figure } from "../../plots/figure.ts";
import {
  pretrainingAccuracyFigure,
  type PretrainingAccuracyFigureOptions,
} from "../../plots/pretraining-accuracy-figure.ts";
import type { StudyScore } from "./collect-study.ts";

/**
 * Accuracy against tokens of pretraining on one set of questions, from a study's own results: the paper's Figure 2.
 *
 * @param questions the set's name: sets are never mixed in one figure
 * @throws {ArgumentError} no scores, or none on that set
 *
 * @example
 * figure(studyAccuracyFigure(scores, "medqa"));
 */
export function studyAccuracyFigure(
  scores: readonly StudyScore[],
  questions: string,
  options: PretrainingAccuracyFigureOptions = {},
): Figure {
  checkList("scores", "a list of scores", scores);
  if (scores.length === 0) throw new ArgumentError("scores", "at least one", scores);
  const own = scores.filter((score) => score.questions === questions);
  if (own.length === 0) {
    const sets = [...new Set(scores.map((score) => score.questions))];
    throw unknownName("questions", questions, sets);
  }
  const rows = own.map(({ title, recipe, strategy, pretrainingTokens, summary: { accuracy, interval } }) => ({
    series: `${title}${recipe === "pretraining" ? "" : recipe === "neftune" ? ", NEFTune" : ", fine-tuned"}`,
    promptFormat: strategy,
    pretrainingTokens,
    accuracyPercent: 100 * accuracy,
    lowPercent: 100 * interval.low,
    highPercent: 100 * interval.high,
  }));
  const [chance, ...others] = new Set(own.map(({ summary }) => summary.chance));
  return pretrainingAccuracyFigure(rows, {
    title: `Accuracy on ${questions}`,
    ...(chance !== undefined && others.length === 0 ? { chancePercent: 100 * chance } : {}),
    ...options,
  });
}

import { holm } from "../core/statistics/holm.ts";
import { twoProportions } from "../core/statistics/two-proportions.ts";
import { evaluationSizes, type Task } from "./evaluation-size.ts";
import { table2, type TrainingRecipe } from "./table-2.ts";

/** One difference of Table 2, and whether it is more than chance. */
export interface SignificanceRow {
  readonly model: "Mistral 7b" | "Mixtral 8x7b";
  readonly from: TrainingRecipe;
  readonly to: TrainingRecipe;
  readonly task: Task;
  /** Points of accuracy, `to` minus `from`. */
  readonly difference: number;
  /** Two-sided, of the unpaired pooled z test. */
  readonly pValue: number;
  /** After Holm's correction over all rows together. */
  readonly correctedPValue: number;
}

const steps = [
  ["F", "P+F"],
  ["N", "P+N"],
  ["F", "N"],
  ["P+F", "P+N"],
] as const;

/**
 * The sixteen differences that Table 2 is about, on the two tasks whose number of questions is known.
 *
 * The same questions were put to all models, so a paired test would find smaller differences; the answers to single
 * questions are not published. An accuracy stands for the nearest whole number of right answers.
 */
export function significanceMatrix(): SignificanceRow[] {
  const rows = (["Mistral 7b", "Mixtral 8x7b"] as const).flatMap((model) =>
    steps.flatMap(([from, to]) =>
      evaluationSizes.flatMap(({ task, count }) => {
        if (count === null) return [];
        const [first, second] = [from, to].map((recipe) => {
          const row = table2.rows.find((each) => each.model === model && each.recipe === recipe)!;
          return { percent: row[task], correct: Math.round((row[task] * count) / 100), count };
        }) as [Measured, Measured];
        const difference = Math.round(100 * (second.percent - first.percent)) / 100;
        return [{ model, from, to, task, difference, pValue: twoProportions(first, second) }];
      }),
    ),
  );
  const corrected = holm(rows.map(({ pValue }) => pValue));
  return rows.map((row, index) => ({ ...row, correctedPValue: corrected[index]! }));
}

interface Measured {
  readonly percent: number;
  readonly correct: number;
  readonly count: number;
}

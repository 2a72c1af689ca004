import { wilsonInterval } from "../core/statistics/wilson-interval.ts";
import { candidateCurve } from "../corpus/minhash/banding.ts";
import { evaluationSizes } from "../paper/evaluation-size.ts";
import { knownPoints, type KnownPoint } from "../paper/known-points.ts";
import { pretrainingMixture } from "../paper/pretraining-mixture.ts";
import { significanceMatrix } from "../paper/significance-matrix.ts";
import { hyperparametersOf } from "../paper/table-1.ts";
import { table2 } from "../paper/table-2.ts";
import { table3 } from "../paper/table-3.ts";
import {
  accuracyFigure,
  learningRateFigure,
  mixtureFigure,
  pretrainingAccuracyFigure,
  promptingFigure,
  significanceFigure,
  similarityFigure,
} from "../plots/index.ts";
import type {
  AccuracyBar,
  Figure,
  KnownAccuracy,
  LearningRateCurve,
  PromptingFigureOptions,
} from "../plots/index.ts";
import { sampleLearningRates } from "../train/learning-rate.ts";

/** A figure drawn from nothing but numbers that the paper states. */
export interface PaperFigure {
  readonly name: string;
  /** Where the paper has it, or what it belongs to. */
  readonly place: string;
  /** What is the paper's and what is not. */
  readonly note: string;
  readonly figure: Figure;
}

/** Points of Figure 2 that the text states, for `pretrainingAccuracyFigure`; they are in a series called by `nameOf`. */
export function paperFigure2Points(nameOf: (point: KnownPoint) => string): KnownAccuracy[] {
  return knownPoints.rows
    .filter(({ figure }) => figure === "Figure 2")
    .map((point) => ({
      series: nameOf(point),
      pretrainingTokens: point.pretrainingTokens,
      accuracyPercent: point.accuracyPercent,
      label: `${point.model} ${point.recipe}, Table 2`,
    }));
}

/** Points of Figure 3 that the text states, for `promptingFigure`; their models are called by `nameOf`. */
export function paperFigure3Points(
  nameOf: (point: KnownPoint) => string,
): NonNullable<PromptingFigureOptions["knownPoints"]> {
  return knownPoints.rows
    .filter(({ figure }) => figure === "Figure 3")
    .map((point) => ({
      model: nameOf(point),
      strategy: point.prompting,
      accuracyPercent: point.accuracyPercent,
      isLowerBound: point.isLowerBound,
    }));
}

/** The bars of Table 2, with 95 % Wilson intervals where the number of questions is known, and what is known of it. */
export function paperTable2Bars(): { readonly bars: AccuracyBar[]; readonly notes: Record<string, string> } {
  const bars = evaluationSizes.flatMap(({ task, label, count }) =>
    table2.rows.map((row): AccuracyBar => {
      const isOthers = row.recipe === "published";
      const model = isOthers || row.recipe === "baseline" ? row.model : `${row.model} ${row.recipe}`;
      const bar = { task: label, model, recipe: row.recipe, accuracyPercent: row[task] };
      // What others measured, they may have measured on other questions.
      if (count === null || isOthers) return bar;
      const { low, high } = wilsonInterval(Math.round((row[task] * count) / 100), count);
      return { ...bar, lowPercent: 100 * low, highPercent: 100 * high };
    }),
  );
  const notes = evaluationSizes.map(({ label, count }) => [
    label,
    count === null ? "n unknown" : `n = ${count.toLocaleString("en-US")}`,
  ]);
  return { bars, notes: Object.fromEntries(notes) as Record<string, string> };
}

/** The schedules of Table 1; warm-up as section 3.1 has it, and a floor of a tenth, which it does not state. */
function schedules(): LearningRateCurve[] {
  return (["Mistral 7B", "Mixtral 8x7B"] as const).flatMap((model) =>
    (["pretraining", "fine-tuning"] as const).map((recipe) => {
      const { steps, maximumLearningRate } = hyperparametersOf(model, recipe);
      const sampled = sampleLearningRates({
        steps,
        learningRate: maximumLearningRate,
        minLearningRate: maximumLearningRate / 10,
        warmupShare: 0.01,
        warmupStart: 0.1,
      });
      return {
        name: `${model}, ${recipe === "pretraining" ? recipe : "fine-tuning and NEFTune"}`,
        ...sampled,
      };
    }),
  );
}

/**
 * What can be drawn of the paper's figures and tables from the numbers that it states, in its order.
 *
 * Figure 1 is not among them: it is a picture of curves, and the text states no point of it.
 *
 * @example
 * paperFigures().map(({ name }) => name)
 * //=> ["minhash", "pretraining-mixture", "figure-2", "learning-rates", "table-2", "significance", "figure-3", "table-3"]
 */
export function paperFigures(): PaperFigure[] {
  const { bars, notes } = paperTable2Bars();
  return [
    {
      name: "minhash",
      place: "Section 4.1",
      note: "Two readings of the paper's MinHash setting and its threshold of 0.85: as printed, 15 buckets of 400 hashes, and as in the work that it follows, 450 bands of 20. Computed, not measured.",
      figure: similarityFigure(
        [
          { name: "450 bands × 20 rows (Lee et al.)", points: candidateCurve({ bands: 450, rows: 20 }) },
          { name: "15 bands × 400 rows (as printed)", points: candidateCurve({ bands: 15, rows: 400 }) },
        ],
        [],
        { threshold: 0.85, title: "Probability that MinHash compares a pair" },
      ),
    },
    {
      name: "pretraining-mixture",
      place: "Section 3.1",
      note: `Stated by the paper; it is read ${pretrainingMixture.epochs} times.`,
      figure: mixtureFigure(
        pretrainingMixture.rows.map(({ domain, tokenCount }) => ({
          domain,
          dataset: domain,
          count: tokenCount,
        })),
        { title: "Data of continued pretraining", xLabel: "Tokens" },
      ),
    },
    {
      name: "figure-2",
      place: "Figure 2",
      note: "The two ends of one curve, by Table 2; the points between are not stated, so none is drawn. The curves of base models were measured without a prompt, those of instructed ones with one: they are not comparable.",
      figure: pretrainingAccuracyFigure([], {
        knownPoints: paperFigure2Points(({ model }) => `${model}, fine-tuned`),
        title: "MedQA accuracy by pretraining",
      }),
    },
    {
      name: "learning-rates",
      place: "Table 1",
      note: "Maximum, steps and warm-up are stated. The floor, a tenth of the maximum, is our choice.",
      figure: learningRateFigure(schedules(), { title: "Learning rates" }),
    },
    {
      name: "table-2",
      place: "Table 2",
      note: "Bars have a 95 % Wilson interval where the number of questions is known: the printed accuracies fit the published MedQA and MedMCQA sets, and no published size of the other two. What the paper quotes from others has none.",
      figure: accuracyFigure(bars, { title: "Accuracy", notes }),
    },
    {
      name: "significance",
      place: "Table 2",
      note: "Unpaired two-sided z tests of sixteen differences, corrected together. Answers to single questions are not published, so no paired test is possible.",
      figure: significanceFigure(
        significanceMatrix().map(({ model, from, to, task, difference, pValue, correctedPValue }) => ({
          comparison: `${model}: ${from} → ${to}`,
          task: evaluationSizes.find((each) => each.task === task)!.label,
          differencePoints: difference,
          pValue,
          correctedPValue,
        })),
        { title: "Differences of accuracy, in points" },
      ),
    },
    {
      name: "figure-3",
      place: "Figure 3",
      note: "What section 6 and Table 2 state; a triangle is a bound, the value lies above it.",
      figure: promptingFigure([], {
        knownPoints: paperFigure3Points(({ model, recipe }) =>
          recipe === "baseline" ? model : `${model} ${recipe}`,
        ),
        title: "MedQA accuracy by prompting",
      }),
    },
    {
      name: "table-3",
      place: "Appendix A.1, Table 3",
      note: "The printed samples. The caption's “approximately 60 %” of medical data is not what they give.",
      figure: mixtureFigure(
        table3.rows.map(({ domain, dataset, samples }) => ({ domain, dataset, count: samples })),
        { title: "Instruction data" },
      ),
    },
  ];
}

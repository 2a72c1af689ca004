import { intervalOfMean } from "../../core/statistics/interval-of-mean.ts";
import { wilsonInterval, type Interval } from "../../core/statistics/wilson-interval.ts";
import { questionKey, type QuestionResult } from "../../evals/question-result.ts";
import type { StageContext, StageValue } from "../stages/stage.ts";
import type { StudyModel } from "../study-plan/study-definition.ts";
import { readAnswers, type Asked, type Recipe, type StrategyName } from "./answer-stage.ts";
import { arms, stageNames, type Arm } from "./miniature-study.ts";

/** What all stages of results are made from. */
export interface StudyResults {
  readonly seeds: readonly number[];
  /** Any of the study's: all have the same checkpoints and the same batch. */
  readonly model: StudyModel;
}

/** What stages of answers have in common. */
export function resultStage({ seeds, model: { checkpoints } }: StudyResults) {
  return { settings: { seeds, checkpoints }, inputs: seeds.map(stageNames.answers), files: [] };
}

const recipes = ["pretraining", "fine-tuning", "neftune"] as const;

/** The six ways of training, in the order of the tables. */
export const ways = arms.toReversed().flatMap((arm) => recipes.map((recipe) => ({ arm, recipe })));

/** A way of training in the paper's letters; to read the facts is the miniature's P. */
export function letters(arm: Arm, recipe: Recipe): string {
  const tuned = { pretraining: "", "fine-tuning": "F", neftune: "N" }[recipe];
  if (arm === "without-facts") return tuned === "" ? "baseline" : tuned;
  return tuned === "" ? "P" : `P+${tuned}`;
}

/** How the paper asks models of a recipe. */
export function usualStrategy(recipe: Recipe): StrategyName {
  return recipe === "pretraining" ? "no prompt" : "zero-shot";
}

/** The answers of one way of training by seed; of the last checkpoint where no other is asked for. */
export async function readBySeed(
  { seeds, model }: StudyResults,
  { input }: StageContext,
  asked: Omit<Asked, "seed" | "step"> & { readonly step?: number },
): Promise<Record<string, QuestionResult[]>> {
  const last = model.checkpoints.at(-1)!;
  const held: Record<string, QuestionResult[]> = {};
  for (const seed of seeds)
    held[seed] = await readAnswers(input(stageNames.answers(seed)), { step: last, ...asked, seed });
  return held;
}

export function percentOf(results: readonly QuestionResult[]): number {
  return (100 * results.filter(({ correct }) => correct).length) / results.length;
}

/**
 * The mean over seeds with its 95 % interval, the wider of two: Student's t over the seeds where there are several, and
 * Wilson's by the number of questions. Seeds that are asked the same ones say nothing of other such questions.
 */
export function accuracyOf(held: Readonly<Record<string, readonly QuestionResult[]>>) {
  const seeds = Object.values(held);
  const percents = seeds.map(percentOf);
  const accuracyPercent = percents.reduce((sum, value) => sum + value, 0) / percents.length;
  const byQuestions = intervalByQuestions(seeds.flat());
  const bySeeds = seeds.length === 1 ? byQuestions : intervalOfMean(percents);
  const low = Math.min(byQuestions.low, bySeeds.low);
  const high = Math.max(byQuestions.high, bySeeds.high);
  return { accuracyPercent, ...within(accuracyPercent, low, high) };
}

/** In percent; a question that several seeds were asked counts as one. */
function intervalByQuestions(results: readonly QuestionResult[]): Interval {
  const count = new Set(results.map(questionKey)).size;
  const right = (results.filter(({ correct }) => correct).length * count) / results.length;
  const [low, high] = [wilsonInterval(Math.floor(right), count), wilsonInterval(Math.ceil(right), count)];
  return { low: 100 * low.low, high: 100 * high.high };
}

/** An accuracy is never below 0 or above 100, and lies within its interval whatever rounding does. */
function within(value: number, low: number, high: number): { lowPercent: number; highPercent: number } {
  return {
    lowPercent: Math.max(0, Math.min(low, value)),
    highPercent: Math.min(100, Math.max(high, value)),
  };
}

export function valueOf({
  accuracyPercent,
  lowPercent,
  highPercent,
}: ReturnType<typeof accuracyOf>): StageValue {
  return { value: accuracyPercent, interval: [lowPercent, highPercent], compare: "interval" };
}

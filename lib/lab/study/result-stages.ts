import { join } from "node:path";
import { wilsonInterval } from "../../core/statistics/wilson-interval.ts";
import type { QuestionResult } from "../../evals/question-result.ts";
import { knownPoints } from "../../paper/known-points.ts";
import { table2 } from "../../paper/table-2.ts";
import { accuracyFigure, type AccuracyBar } from "../../plots/accuracy-figure.ts";
import { pretrainingAccuracyFigure } from "../../plots/pretraining-accuracy-figure.ts";
import { promptingFigure } from "../../plots/prompting-figure.ts";
import { trainingLossFigure } from "../../plots/training-loss-figure.ts";
import { intervalOfMean } from "../../runs/interval-of-mean.ts";
import { readMetrics } from "../../runs/read-metrics.ts";
import type { Stage, StageContext, StageValue } from "../stages/stage.ts";
import type { StudyDefinition } from "../study-plan/study-definition.ts";
import {
  promptedStrategies,
  readAnswers,
  type Asked,
  type Recipe,
  type StrategyName,
} from "./answer-stage.ts";
import { arms, modelName, type Arm } from "./miniature-study.ts";
import { extraSet, plantedSet, realSets } from "./question-stage.ts";
import { studyEffects, type ComparedAnswers } from "./study-effects.ts";

/** In the paper's letters; to read the facts is the miniature's P. */
function letters(arm: Arm, recipe: Recipe): string {
  const tuned = { pretraining: "", "fine-tuning": "F", neftune: "N" }[recipe];
  if (arm === "without-facts") return tuned === "" ? "baseline" : tuned;
  return tuned === "" ? "P" : `P+${tuned}`;
}

const recipes = ["pretraining", "fine-tuning", "neftune"] as const;

/** A table that is set whole: rows of the six ways of training. */
const ways = arms.toReversed().flatMap((arm) => recipes.map((recipe) => ({ arm, recipe })));

const usual = (recipe: Recipe): StrategyName => (recipe === "pretraining" ? "no prompt" : "zero-shot");

/** Figures 1 to 3 and Table 2 from the study's own results, and the tests of the effects. */
export function resultStages(study: StudyDefinition, seeds: readonly number[]): Stage[] {
  const { checkpoints } = study.models[0]!;
  const last = checkpoints.at(-1)!;
  const answers = seeds.map((seed) => `answers-${seed}`);
  const common = { settings: { seeds, checkpoints }, files: [] };
  /** The answers of one way of training, by seed. */
  const read = async (
    { input }: StageContext,
    asked: Omit<Asked, "seed" | "step"> & { readonly step?: number },
  ): Promise<Record<string, QuestionResult[]>> => {
    const held: Record<string, QuestionResult[]> = {};
    for (const seed of seeds)
      held[seed] = await readAnswers(input(`answers-${seed}`), { step: last, ...asked, seed });
    return held;
  };
  const onRealQuestions = async (context: StageContext, sets: readonly [set: string, task: string][]) => {
    const rows: AccuracyBar[] = [];
    const chancePercent: Record<string, number> = {};
    const values: Record<string, StageValue> = {};
    for (const [set, task] of sets) {
      for (const { arm, recipe } of ways) {
        const held = await read(context, { arm, recipe, set, strategy: usual(recipe) });
        const all = Object.values(held).flat();
        if (all.length === 0) continue;
        const name = letters(arm, recipe);
        const accuracy = accuracyOf(held);
        chancePercent[task] =
          (100 * all.reduce((sum, { optionCount }) => sum + 1 / optionCount, 0)) / all.length;
        rows.push({ task, model: `miniature ${name}`, recipe: "miniature", ...accuracy });
        values[`${task}, ${name}`] = valueOf(accuracy);
      }
    }
    return { rows, chancePercent, values };
  };

  return [
    {
      ...common,
      name: "figure-1",
      title: "Figure 1: training loss by domain",
      kind: "figure",
      inputs: arms.map((arm) => `${modelName(arm, seeds[0]!)}.pretraining`),
      async run({ input }) {
        const records = Object.fromEntries(
          await Promise.all(
            arms.map(async (arm) => {
              const name = modelName(arm, seeds[0]!);
              const metrics = await readMetrics(join(input(`${name}.pretraining`), "runs", name));
              return [arm.replace("-", " "), metrics] as const;
            }),
          ),
        );
        return { figure: trainingLossFigure(records, { x: "tokens", smoothing: 10 }) };
      },
    },
    {
      ...common,
      name: "figure-2",
      questions: "planted",
      title: "Figure 2: accuracy on planted facts against tokens of pretraining",
      kind: "figure",
      inputs: answers,
      async run(context) {
        const tokens = tokensAStep(study);
        const rows = [];
        for (const { arm, recipe } of ways) {
          const strategy = usual(recipe);
          for (const step of checkpoints) {
            const held = await read(context, { arm, recipe, set: plantedSet, strategy, step });
            rows.push({
              series: letters(arm, recipe),
              promptFormat: strategy,
              pretrainingTokens: step * tokens,
              ...accuracyOf(held),
            });
          }
        }
        const known = knownPoints.rows
          .filter(({ figure }) => figure === "Figure 2")
          .map((point) => ({
            series: point.recipe === "baseline" ? "baseline" : point.recipe,
            pretrainingTokens: point.pretrainingTokens,
            accuracyPercent: point.accuracyPercent,
            label: `${point.model}, MedQA (${point.place})`,
          }));
        const figure = pretrainingAccuracyFigure(rows, {
          knownPoints: known,
          knownTitle: "The paper's, on MedQA",
        });
        return { figure, table: rows };
      },
    },
    {
      ...common,
      name: "figure-3",
      questions: "planted",
      title: "Figure 3: prompt strategies over versions of the model, on planted facts",
      kind: "figure",
      inputs: answers,
      async run(context) {
        const rows = [];
        for (const { arm, recipe } of ways.filter((way) => way.recipe !== "neftune")) {
          for (const strategy of promptedStrategies) {
            const held = await read(context, { arm, recipe, set: plantedSet, strategy });
            rows.push({ model: letters(arm, recipe), strategy, ...accuracyOf(held) });
          }
        }
        const known = knownPoints.rows
          .filter(({ figure }) => figure === "Figure 3")
          .map(({ model, recipe, prompting, accuracyPercent, isLowerBound }) => ({
            model: `the paper's ${recipe === "baseline" ? "Instruct" : recipe} on MedQA`,
            strategy: prompting,
            accuracyPercent,
            isLowerBound,
            title: model,
          }));
        return {
          figure: promptingFigure(rows, {
            chancePercent: 25,
            knownPoints: known,
            xLabel: "Version of the model",
          }),
          table: rows,
        };
      },
    },
    {
      ...common,
      name: "table-2-planted",
      questions: "planted",
      title: "Table 2 on planted facts",
      kind: "table",
      inputs: answers,
      async run(context) {
        const rows: (AccuracyBar & { readonly bySeed: string })[] = [];
        const values: Record<string, StageValue> = {};
        for (const { arm, recipe } of ways) {
          const held = await read(context, { arm, recipe, set: plantedSet, strategy: usual(recipe) });
          const accuracy = accuracyOf(held);
          const name = letters(arm, recipe);
          rows.push({
            task: "Planted facts",
            model: recipe === "pretraining" ? `${name} (no prompt)` : name,
            recipe: name,
            ...accuracy,
            bySeed: Object.values(held)
              .map((own) => percentOf(own).toFixed(1))
              .join(" "),
          });
          values[name] = valueOf(accuracy);
        }
        return {
          figure: accuracyFigure(rows, { chancePercent: { "Planted facts": 25 } }),
          table: rows,
          values,
        };
      },
    },
    {
      ...common,
      name: "table-2-real",
      questions: "real",
      title: "Table 2 on real questions, beside the paper's",
      kind: "table",
      inputs: answers,
      async run(context) {
        const sets = Object.entries(realSets).filter(([set]) => set !== extraSet);
        const { rows, chancePercent, values } = await onRealQuestions(context, sets);
        // A set that nobody has here would be a panel of the paper's numbers alone.
        const tasks = new Set(rows.map(({ task }) => task));
        const all = [...rows, ...paperRows().filter(({ task }) => tasks.has(task))];
        return { figure: accuracyFigure(all, { chancePercent }), table: all, values };
      },
    },
    {
      ...common,
      name: "pubmedqa",
      questions: "real",
      title: "PubMedQA, which is not in the paper",
      kind: "table",
      inputs: answers,
      async run(context) {
        const { rows, chancePercent, values } = await onRealQuestions(context, [
          [extraSet, realSets[extraSet]],
        ]);
        return { figure: accuracyFigure(rows, { chancePercent }), table: rows, values };
      },
    },
    {
      ...common,
      name: "effects",
      questions: "planted",
      title: "Effects of pretraining, fine-tuning, NEFTune and prompting on planted facts",
      kind: "table",
      inputs: answers,
      async run(context) {
        const of = (arm: Arm, recipe: Recipe, strategy: StrategyName) =>
          read(context, { arm, recipe, set: plantedSet, strategy });
        const compared: ComparedAnswers[] = [];
        for (const { effect, first, second } of effects) {
          compared.push({
            effect,
            first: wordsOf(first),
            second: wordsOf(second),
            firstBySeed: await of(...first),
            secondBySeed: await of(...second),
          });
        }
        const table = studyEffects(compared);
        const values: Record<string, StageValue> = {};
        for (const {
          effect,
          first,
          second,
          difference,
          interval: { low, high },
        } of table) {
          values[`${effect}: ${first} to ${second}`] = {
            value: difference,
            interval: [Math.min(low, difference), Math.max(high, difference)],
            compare: "interval",
          };
        }
        return { table, values };
      },
    },
  ];
}

type Way = readonly [Arm, Recipe, StrategyName];

/** The first is what the miniature is for; the others are read with Holm's correction. */
const effects: readonly { readonly effect: string; readonly first: Way; readonly second: Way }[] = [
  {
    effect: "pretraining on the facts",
    first: ["without-facts", "fine-tuning", "zero-shot"],
    second: ["with-facts", "fine-tuning", "zero-shot"],
  },
  {
    effect: "pretraining on the facts",
    first: ["without-facts", "neftune", "zero-shot"],
    second: ["with-facts", "neftune", "zero-shot"],
  },
  {
    effect: "pretraining on the facts",
    first: ["without-facts", "pretraining", "no prompt"],
    second: ["with-facts", "pretraining", "no prompt"],
  },
  {
    effect: "fine-tuning",
    first: ["with-facts", "pretraining", "zero-shot"],
    second: ["with-facts", "fine-tuning", "zero-shot"],
  },
  {
    effect: "NEFTune",
    first: ["with-facts", "fine-tuning", "zero-shot"],
    second: ["with-facts", "neftune", "zero-shot"],
  },
  ...(["few-shot", "nearest", "ensemble", "nearest, ensemble"] as const).map((strategy) => ({
    effect: "prompting",
    first: ["with-facts", "fine-tuning", "zero-shot"] as const,
    second: ["with-facts", "fine-tuning", strategy] as const,
  })),
];

function wordsOf([arm, recipe, strategy]: Way): string {
  return `${letters(arm, recipe)}, ${strategy}`;
}

function tokensAStep({ models: [first] }: StudyDefinition): number {
  const { optimization, data } = first!.pretraining;
  return optimization.rowsPerStep * data.contextLength;
}

function percentOf(results: readonly QuestionResult[]): number {
  return (100 * results.filter(({ correct }) => correct).length) / results.length;
}

/** The mean over seeds with its interval by the seeds' spread; of one seed Wilson's, by its questions. */
function accuracyOf(held: Readonly<Record<string, readonly QuestionResult[]>>) {
  const seeds = Object.values(held);
  const percents = seeds.map(percentOf);
  const accuracyPercent = percents.reduce((sum, value) => sum + value, 0) / percents.length;
  const [first] = seeds;
  if (seeds.length === 1) {
    const { low, high } = wilsonInterval(first!.filter(({ correct }) => correct).length, first!.length);
    return { accuracyPercent, ...within(accuracyPercent, 100 * low, 100 * high) };
  }
  const [low, high] = intervalOfMean(percents);
  return { accuracyPercent, ...within(accuracyPercent, low, high) };
}

/** An accuracy is never below 0 or above 100, and lies within its interval whatever rounding does. */
function within(value: number, low: number, high: number): { lowPercent: number; highPercent: number } {
  return {
    lowPercent: Math.max(0, Math.min(low, value)),
    highPercent: Math.min(100, Math.max(high, value)),
  };
}

function valueOf(accuracy: ReturnType<typeof accuracyOf>): StageValue {
  const { accuracyPercent, lowPercent, highPercent } = accuracy;
  return { value: accuracyPercent, interval: [lowPercent, highPercent], compare: "interval" };
}

/** Mistral's rows of the paper's Table 2, without intervals. */
function paperRows(): AccuracyBar[] {
  const own = table2.rows.filter(({ model }) => model.startsWith("Mistral"));
  return own.flatMap(({ model, recipe, medqa, usmle, mmluMedical, medmcqa }) =>
    Object.entries({ MedQA: medqa, USMLE: usmle, MMLU: mmluMedical, MedMCQA: medmcqa }).map(
      ([task, accuracyPercent]): AccuracyBar => ({
        task,
        model: `paper, ${model}${recipe === "baseline" ? "" : ` ${recipe}`}`,
        recipe: "the paper's Mistral 7B",
        accuracyPercent,
      }),
    ),
  );
}

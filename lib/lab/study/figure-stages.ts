import { join } from "node:path";
import { pretrainingAccuracyFigure } from "../../plots/pretraining-accuracy-figure.ts";
import { promptingFigure } from "../../plots/prompting-figure.ts";
import { trainingLossFigure } from "../../plots/training-loss-figure.ts";
import { readMetrics } from "../../runs/read-metrics.ts";
import { paperFigure2Points, paperFigure3Points } from "../paper-figures.ts";
import type { Stage } from "../stages/stage.ts";
import { promptedStrategies } from "./answer-stage.ts";
import { arms, modelName } from "./miniature-study.ts";
import { plantedSet } from "./question-stage.ts";
import {
  accuracyOf,
  letters,
  readBySeed,
  resultStage,
  usualStrategy,
  ways,
  type StudyResults,
} from "./results-by-way.ts";

/** Figures 1 to 3 from the study's own results; the last two beside the points that the paper states. */
export function figureStages(results: StudyResults): Stage[] {
  return [lossStage(results), checkpointStage(results), promptingStage(results)];
}

function lossStage(results: StudyResults): Stage {
  const runs = arms.map((arm) => {
    const name = modelName(arm, results.seeds[0]!);
    return { title: arm.replace("-", " "), name, stage: `${name}.pretraining` };
  });
  return {
    ...resultStage(results),
    name: "figure-1",
    title: "Figure 1: training loss by domain, of the first seed",
    kind: "figure",
    inputs: runs.map(({ stage }) => stage),
    async run({ input }) {
      const records = await Promise.all(
        runs.map(async ({ title, name, stage }) => [
          title,
          await readMetrics(join(input(stage), "runs", name)),
        ]),
      );
      return { figure: trainingLossFigure(Object.fromEntries(records), { x: "tokens", smoothing: 10 }) };
    },
  };
}

function checkpointStage(results: StudyResults): Stage {
  const { checkpoints, pretraining } = results.model;
  const tokensAStep = pretraining.optimization.rowsPerStep * pretraining.data.contextLength;
  return {
    ...resultStage(results),
    name: "figure-2",
    questions: "planted",
    title: "Figure 2: accuracy on planted facts against tokens of pretraining",
    kind: "figure",
    async run(context) {
      const rows = [];
      for (const { arm, recipe } of ways) {
        const strategy = usualStrategy(recipe);
        for (const step of checkpoints) {
          const held = await readBySeed(results, context, { arm, recipe, set: plantedSet, strategy, step });
          rows.push({
            series: letters(arm, recipe),
            promptFormat: strategy,
            pretrainingTokens: step * tokensAStep,
            ...accuracyOf(held),
          });
        }
      }
      const figure = pretrainingAccuracyFigure(rows, {
        chancePercent: 25,
        knownPoints: paperFigure2Points(({ recipe }) => recipe),
        knownTitle: "The paper's, on MedQA",
      });
      return { figure, table: rows };
    },
  };
}

function promptingStage(results: StudyResults): Stage {
  return {
    ...resultStage(results),
    name: "figure-3",
    questions: "planted",
    title: "Figure 3: prompt strategies over versions of the model, on planted facts",
    kind: "figure",
    async run(context) {
      const rows = [];
      for (const { arm, recipe } of ways.filter((way) => way.recipe !== "neftune")) {
        for (const strategy of promptedStrategies) {
          const held = await readBySeed(results, context, { arm, recipe, set: plantedSet, strategy });
          rows.push({ model: letters(arm, recipe), strategy, ...accuracyOf(held) });
        }
      }
      const figure = promptingFigure(rows, {
        chancePercent: 25,
        knownPoints: paperFigure3Points(
          ({ recipe }) => `the paper's ${recipe === "baseline" ? "Instruct" : recipe} on MedQA`,
        ),
        xLabel: "Version of the model",
      });
      return { figure, table: rows };
    },
  };
}

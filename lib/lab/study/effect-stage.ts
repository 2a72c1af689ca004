import type { Stage, StageValue } from "../stages/stage.ts";
import type { Recipe, StrategyName } from "./answer-stage.ts";
import type { Arm } from "./miniature-study.ts";
import { plantedSet } from "./question-stage.ts";
import { letters, readBySeed, resultStage, type StudyResults } from "./results-by-way.ts";
import { studyEffects, type ComparedAnswers } from "./study-effects.ts";

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

/** The tests of the effects, on planted facts. */
export function effectStage(results: StudyResults): Stage {
  return {
    ...resultStage(results),
    name: "effects",
    questions: "planted",
    title: "Effects of pretraining, fine-tuning, NEFTune and prompting on planted facts",
    kind: "table",
    async run(context) {
      const read = ([arm, recipe, strategy]: Way) =>
        readBySeed(results, context, { arm, recipe, set: plantedSet, strategy });
      const compared: ComparedAnswers[] = [];
      for (const { effect, first, second } of effects) {
        compared.push({
          effect,
          first: wordsOf(first),
          second: wordsOf(second),
          firstBySeed: await read(first),
          secondBySeed: await read(second),
        });
      }
      const table = studyEffects(compared);
      const values: Record<string, StageValue> = {};
      for (const { effect, first, second, difference, interval } of table) {
        values[`${effect}: ${first} to ${second}`] = {
          value: difference,
          interval: [interval.low, interval.high],
          compare: "interval",
        };
      }
      return { table, values };
    },
  };
}

function wordsOf([arm, recipe, strategy]: Way): string {
  return `${letters(arm, recipe)}, ${strategy}`;
}

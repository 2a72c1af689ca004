import { accuracyFigure, type AccuracyBar } from "../../plots/accuracy-figure.ts";
import { paperTable2Bars } from "../paper-figures.ts";
import type { Stage, StageContext, StageValue } from "../stages/stage.ts";
import { extraSet, plantedSet, realSets } from "./question-stage.ts";
import {
  accuracyOf,
  letters,
  percentOf,
  readBySeed,
  resultStage,
  usualStrategy,
  valueOf,
  ways,
  type StudyResults,
} from "./results-by-way.ts";

/** Table 2 from the study's own results: of planted and of real questions, never both in one. */
export function tableStages(results: StudyResults): Stage[] {
  const paperSets = Object.entries(realSets).filter(([set]) => set !== extraSet);
  return [
    plantedTable(results),
    {
      ...resultStage(results),
      name: "table-2-real",
      questions: "real",
      title: "Table 2 on real questions, beside the paper's",
      kind: "table",
      async run(context) {
        const { rows, chancePercent, values } = await onRealQuestions(results, context, paperSets);
        // A set that nobody has here would be a panel of the paper's numbers alone.
        const tasks = new Set(rows.map(({ task }) => task));
        const all = [...rows, ...paperBars().filter(({ task }) => tasks.has(task))];
        return { figure: accuracyFigure(all, { chancePercent }), table: all, values };
      },
    },
    {
      ...resultStage(results),
      name: "pubmedqa",
      questions: "real",
      title: "PubMedQA, which is not in the paper",
      kind: "table",
      async run(context) {
        const sets: [string, string][] = [[extraSet, realSets[extraSet]]];
        const { rows, chancePercent, values } = await onRealQuestions(results, context, sets);
        return { figure: accuracyFigure(rows, { chancePercent }), table: rows, values };
      },
    },
  ];
}

function plantedTable(results: StudyResults): Stage {
  return {
    ...resultStage(results),
    name: "table-2-planted",
    questions: "planted",
    title: "Table 2 on planted facts",
    kind: "table",
    async run(context) {
      const rows: (AccuracyBar & { readonly bySeed: string })[] = [];
      const values: Record<string, StageValue> = {};
      for (const { arm, recipe } of ways) {
        const strategy = usualStrategy(recipe);
        const held = await readBySeed(results, context, { arm, recipe, set: plantedSet, strategy });
        const accuracy = accuracyOf(held);
        const name = letters(arm, recipe);
        const bySeed = Object.values(held).map((own) => percentOf(own).toFixed(1));
        rows.push({
          task: "Planted facts",
          model: recipe === "pretraining" ? `${name} (no prompt)` : name,
          recipe: name,
          ...accuracy,
          bySeed: bySeed.join(" "),
        });
        values[name] = valueOf(accuracy);
      }
      const figure = accuracyFigure(rows, { chancePercent: { "Planted facts": 25 } });
      return { figure, table: rows, values };
    },
  };
}

async function onRealQuestions(
  results: StudyResults,
  context: StageContext,
  sets: readonly (readonly [set: string, task: string])[],
) {
  const rows: AccuracyBar[] = [];
  const chancePercent: Record<string, number> = {};
  const values: Record<string, StageValue> = {};
  for (const [set, task] of sets) {
    for (const { arm, recipe } of ways) {
      const held = await readBySeed(results, context, { arm, recipe, set, strategy: usualStrategy(recipe) });
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
}

/** Mistral's of the paper's Table 2. */
function paperBars(): AccuracyBar[] {
  return paperTable2Bars()
    .bars.filter(({ model }) => model.startsWith("Mistral"))
    .map((bar) => ({ ...bar, model: `paper, ${bar.model}`, recipe: "the paper's Mistral 7B" }));
}

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { readResults, writeResults } from "../../evals/results-file.ts";
import type { QuestionResult } from "../../evals/question-result.ts";
import type { Question } from "../../evals/question.ts";
import { scoreQuestions } from "../../evals/score-questions.ts";
import { summarizeResults } from "../../evals/summarize-results.ts";
import { connectModel } from "../../models/connect-model.ts";
import { startLocalServer } from "../../models/local-server.ts";
import { ensemble } from "../../prompts/ensemble.ts";
import { fewShot } from "../../prompts/few-shot.ts";
import { nearestExamples } from "../../prompts/nearest-examples.ts";
import type { Strategy } from "../../prompts/strategy.ts";
import { noPrompt, zeroShot } from "../../prompts/without-examples.ts";
import type { Stage, StageValue } from "../stages/stage.ts";
import { tuningRecipes, type StudyDefinition } from "../study-plan/study-definition.ts";
import { arms, modelName, places, stageNames, type Arm } from "./miniature-study.ts";
import { plantedLearnedSet, plantedSet, readQuestionLines, realSets } from "./question-stage.ts";

/** How a model was trained: pretraining alone, or tuned after it. */
export type Recipe = "pretraining" | (typeof tuningRecipes)[number];

/** What a model is asked, and how. */
export interface Asked {
  readonly arm: Arm;
  readonly seed: number;
  /** Of pretraining. */
  readonly step: number;
  readonly recipe: Recipe;
  /** File of the question stage, without its ending. */
  readonly set: string;
  readonly strategy: StrategyName;
}

/**
 * Strategies, by the likelihood of each option's text: the paper's formats without reasoning, which a model of this
 * size cannot write. "nearest, ensemble" is Medprompt but for the chains.
 */
const strategies = {
  "no prompt": () => noPrompt(),
  "zero-shot": () => zeroShot(),
  "few-shot": (pool) => fewShot(pool.slice(0, exampleCount)),
  nearest: (pool) => nearestExamples(pool, { count: exampleCount }),
  ensemble: () => ensemble(zeroShot(), { runs: 4, temperature: 0, seed: 0 }),
  "nearest, ensemble": (pool) =>
    ensemble(nearestExamples(pool, { count: exampleCount }), { runs: 4, temperature: 0, seed: 0 }),
} satisfies Readonly<Record<string, (pool: readonly Question[]) => Strategy>>;
export type StrategyName = keyof typeof strategies;

export const promptedStrategies = [
  "zero-shot",
  "few-shot",
  "nearest",
  "ensemble",
  "nearest, ensemble",
] as const satisfies readonly StrategyName[];

const exampleCount = 3;

/**
 * All that is asked in a study: every model the planted questions, the base models without a prompt and the tuned ones
 * with it (section 6); those of the last checkpoint the real questions and, by each strategy, the planted ones again.
 */
function everythingAsked(study: StudyDefinition, seed: number): Asked[] {
  return arms.flatMap((arm) => {
    const model = study.models.find(({ name }) => name === modelName(arm, seed))!;
    const last = model.checkpoints.at(-1)!;
    return model.checkpoints.flatMap((step) =>
      (["pretraining", ...tuningRecipes] as const).flatMap((recipe): Asked[] => {
        const own = { arm, seed, step, recipe };
        const strategy = recipe === "pretraining" ? ("no prompt" as const) : ("zero-shot" as const);
        if (step !== last) return [{ ...own, set: plantedSet, strategy }];
        // Figure 3 has models before and after fine-tuning.
        const prompted = recipe === "neftune" ? [] : promptedStrategies;
        return [
          ...[...new Set([strategy, ...prompted])].map((each) => ({
            ...own,
            set: plantedSet,
            strategy: each,
          })),
          ...Object.keys(realSets).map((set) => ({ ...own, set, strategy })),
        ];
      }),
    );
  });
}

/** The file of an answer in the answer stage of its seed. */
function answersFile({ arm, seed, step, recipe, set, strategy }: Asked): string {
  const words = strategy.replaceAll(/[ ,]+/gu, "-");
  return `${modelName(arm, seed)}.${step}.${recipe}.${set}.${words}.jsonl`;
}

/** The answers of both arms' models of one seed, from one server. @param study of that seed */
export function answerStage(study: StudyDefinition, seed: number): Stage {
  const asked = everythingAsked(study, seed);
  const facts = stageNames.facts(seed);
  return {
    name: stageNames.answers(seed),
    title: `Answers of all models of seed ${seed}`,
    kind: "results",
    settings: { asked, exampleCount },
    inputs: [
      facts,
      "questions",
      ...study.models.flatMap(({ name }) => [`${name}.pretraining`, `${name}.tuning`]),
    ],
    files: [],
    async run({ folder, input, signal, tell }) {
      const open = asked.filter((each) => !existsSync(join(folder, answersFile(each))));
      const sets = new Map<string, Question[]>();
      const read = async (stage: string, set: string): Promise<void> =>
        void sets.set(set, await readQuestionLines(join(input(stage), `${set}.jsonl`)));
      for (const set of [plantedSet, plantedLearnedSet]) await read(facts, set);
      for (const set of Object.keys(realSets)) await read("questions", set);
      if (open.length > 0) await answer(open, sets, dirname(folder), folder, signal, tell);
      const values: Record<string, StageValue> = {};
      for (const each of asked) {
        const results = await readAnswers(folder, each);
        if (results.length === 0) continue;
        const { accuracy, interval } = summarizeResults(results);
        const { arm, step, recipe, set, strategy } = each;
        values[`${arm} ${step} ${recipe}, ${set}, ${strategy}`] = {
          value: accuracy,
          interval: [Math.min(interval.low, accuracy), Math.max(interval.high, accuracy)],
          compare: "interval",
          questions: set === plantedSet ? "planted" : "real",
        };
      }
      return { values };
    },
  };
}

async function answer(
  open: readonly Asked[],
  sets: ReadonlyMap<string, readonly Question[]>,
  study: string,
  folder: string,
  signal: AbortSignal | undefined,
  tell: (done: number, total: number, unit: string) => void,
): Promise<void> {
  const byModel = Map.groupBy(open, modelFolder);
  await using server = await startLocalServer(
    [...byModel.keys()].map((path) => join(study, path)),
    signal && { signal },
  );
  const stop = (): void => void server.stop();
  signal?.addEventListener("abort", stop, { once: true });
  let done = 0;
  for (const [path, held] of byModel) {
    const model = await connectModel(server.url, {
      model: path.slice(path.lastIndexOf("/") + 1),
      apiKey: server.token,
      ...(signal && { signal }),
    });
    for (const each of held) {
      const questions = sets.get(each.set)!;
      const strategy = strategies[each.strategy](sets.get(plantedLearnedSet)!);
      const { results } =
        questions.length === 0
          ? { results: [] }
          : await scoreQuestions(model, questions, { strategy, ...(signal && { signal }) });
      await writeResults(join(folder, answersFile(each)), results);
      tell(++done, open.length, "question sets");
    }
  }
  signal?.removeEventListener("abort", stop);
}

function modelFolder({ arm, seed, step, recipe }: Asked): string {
  const name = modelName(arm, seed);
  return recipe === "pretraining" ? places.exported(name, step) : places.tuned(name, step, recipe);
}

/** Empty of a set that has no questions. */
export function readAnswers(folder: string, asked: Asked): Promise<QuestionResult[]> {
  return readResults(join(folder, answersFile(asked)));
}

import { checkOptions, choiceOption, integerOption, textOption } from "../../core/options.ts";
import type { Stage } from "../stages/stage.ts";
import { defineStudy } from "../stages/study.ts";
import { answerStage } from "./answer-stage.ts";
import { corpusStage, documentsStage, factsStage, instructStage, tokenizerStage } from "./corpus-stages.ts";
import { arms, miniatureStudy } from "./miniature-study.ts";
import { effectStage } from "./effect-stage.ts";
import { figureStages } from "./figure-stages.ts";
import { questionStage } from "./question-stage.ts";
import { studySizes, type StudySize, type StudySizeName } from "./study-size.ts";
import { tableStages } from "./table-stages.ts";
import { pretrainingStage, tuningStage } from "./training-stages.ts";

export interface StudyOptions {
  /** "full" takes a quarter of an hour on two processors, "test" a few minutes. @default "test" */
  readonly size?: StudySizeName;
  /** How often facts are made up and all is trained anew. @default 5 of "full", 1 of "test" */
  readonly seeds?: number;
  /** The USMLE's questions as JSON Lines in MedQA's format: they are not free. @default none, and no column */
  readonly usmle?: string;
}

/**
 * The paper's study in miniature, as stages for `runStages`: from raw text to Figures 1 to 3 and Table 2.
 *
 * A model of this size knows nothing of real medicine, so made-up facts are stated in the corpus of one arm and left
 * out of the other's; everything else is the same. Fine-tuning learns from questions on other facts than those asked
 * for. Planted and real questions are never in one number.
 *
 * @see docs/study.md
 *
 * @example
 * const report = await runStages(await study({ size: "test" }), { folder: "study", workers: 2 });
 */
export async function study(options: StudyOptions = {}): Promise<Stage[]> {
  const {
    size: name,
    seeds: count,
    usmle,
  } = checkOptions(options, {
    size: choiceOption<StudySizeName>("test", Object.keys(studySizes) as StudySizeName[]),
    seeds: integerOption(undefined, { minimum: 1, maximum: 100 }),
    usmle: textOption(undefined),
  });
  const seeds = Array.from({ length: count ?? (name === "full" ? 5 : 1) }, (_, index) => index + 1);
  return stagesOfSize(studySizes[name], seeds, usmle);
}

/** {@link study} of any size. */
export async function stagesOfSize(
  size: StudySize,
  seeds: readonly number[],
  usmle?: string,
): Promise<Stage[]> {
  const results = { seeds, model: miniatureStudy(size, seeds[0]!).models[0]! };
  return [
    await documentsStage(size),
    await questionStage(size, usmle),
    ...(await Promise.all(seeds.map((seed) => stagesOfSeed(size, seed)))).flat(),
    ...figureStages(results),
    ...tableStages(results),
    effectStage(results),
  ];
}

/** Nothing of one seed depends on another's. */
async function stagesOfSeed(size: StudySize, seed: number): Promise<Stage[]> {
  const definition = miniatureStudy(size, seed);
  return [
    factsStage(size, seed),
    tokenizerStage(size, seed),
    instructStage(size, seed),
    ...(await Promise.all(arms.map((arm) => corpusStage(arm, seed)))),
    ...arms.map((arm, index) => pretrainingStage(definition.models[index]!, arm)),
    ...definition.models.map(tuningStage),
    answerStage(definition, seed),
  ];
}

/**
 * {@link study} under its name, for `runStudy`, so that a figure of it can be made again by `rerun`.
 *
 * @example
 * const report = await runStudy(miniature, { size: "test" }, { folder: "study", workers: 2 });
 */
export const miniature = defineStudy("miniature", study);

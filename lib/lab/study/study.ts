import { checkOptions, choiceOption, integerOption, textOption } from "../../core/options.ts";
import type { Stage } from "../stages/stage.ts";
import { defineStudy } from "../stages/study.ts";
import { answerStage } from "./answer-stage.ts";
import { corpusStage, documentsStage, instructStage, tokenizerStage } from "./corpus-stages.ts";
import { arms, miniatureStudy, modelName } from "./miniature-study.ts";
import { questionStage } from "./question-stage.ts";
import { resultStages } from "./result-stages.ts";
import { studySizes, type StudySize, type StudySizeName } from "./study-size.ts";
import { pretrainingStage, tuningStage } from "./training-stages.ts";

export interface StudyOptions {
  /** "full" takes a quarter of an hour on two processors, "test" a few minutes. @default "test" */
  readonly size?: StudySizeName;
  /** How often everything that is trained is trained anew. @default 5 of "full", 1 of "test" */
  readonly seeds?: number;
  /** Of the made-up facts. @default 0 */
  readonly factsSeed?: number;
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
    factsSeed,
    usmle,
  } = checkOptions(options, {
    size: choiceOption<StudySizeName>("test", Object.keys(studySizes) as StudySizeName[]),
    seeds: integerOption(undefined, { minimum: 1, maximum: 100 }),
    factsSeed: integerOption(0, { minimum: 0 }),
    usmle: textOption(undefined),
  });
  const seeds = Array.from({ length: count ?? (name === "full" ? 5 : 1) }, (_, index) => index + 1);
  return stagesOfSize(studySizes[name], seeds, { factsSeed, usmle });
}

/** {@link study} of any size. */
export async function stagesOfSize(
  size: StudySize,
  seeds: readonly number[],
  { factsSeed, usmle }: { readonly factsSeed: number; readonly usmle?: string | undefined },
): Promise<Stage[]> {
  const definition = miniatureStudy(size, seeds);
  return [
    await documentsStage(size, factsSeed),
    await questionStage(size, factsSeed, usmle),
    tokenizerStage(size),
    instructStage(size),
    ...arms.map(corpusStage),
    ...seeds.flatMap((seed) =>
      arms.map((arm) => {
        const model = definition.models.find((each) => each.name === modelName(arm, seed))!;
        return pretrainingStage(model, arm);
      }),
    ),
    ...definition.models.map(tuningStage),
    ...seeds.map((seed) => answerStage(definition, seed)),
    ...resultStages(definition, seeds),
  ];
}

/**
 * {@link study} under its name, for `runStudy`, so that a figure of it can be made again by `rerun`.
 *
 * @example
 * const report = await runStudy(miniature, { size: "test" }, { folder: "study", workers: 2 });
 */
export const miniature = defineStudy("miniature", study);

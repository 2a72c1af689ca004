import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, resolve } from "node:path";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { readLineage } from "../../core/lineage.ts";
import { unknownName } from "../../core/nearest-name.ts";
import { callbackOption, checkOptions, integerOption, objectOption, textOption } from "../../core/options.ts";
import type { Figure } from "../../plots/figure.ts";
import { makeSpillFolder } from "../../table/spill-folder.ts";
import { compareStudies, type StudyComparison } from "./compare-studies.ts";
import { runStages } from "./run-stages.ts";
import { provenanceOf } from "./stage-figure.ts";
import { stageFolder } from "./stage-record.ts";
import type { Stage, StudyProgress } from "./stage.ts";
import { stagesOfStudy } from "./study.ts";

export interface RerunOptions {
  /** The study that drew the figure. @default where the register of lineage knows it */
  readonly study?: string;
  /** The study's stages. @default those of its `study.json` */
  readonly stages?: readonly Stage[];
  /** Where the chain is repeated; kept. @default a temporary folder, removed afterwards, or by the next call after a kill */
  readonly folder?: string;
  /** Stages at once. @default 1 */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StudyProgress) => void;
}

/**
 * Repeat the chain that made a figure, from its first inputs, and say which number moved and by how much.
 *
 * Only the stages that it came from are repeated, in a fresh folder; the study's own is not written to. Which of them
 * other code had made is in `otherCode`.
 *
 * @param made the figure of a stage, or a stage's folder
 * @throws {ArgumentError} a figure that no stage drew
 * @throws {DataError} the study's folder is not known here, or which study it is; or a stage failed
 *
 * @example
 * const report = await rerun("runs/study/figure-2");
 * report.moved; // [] where every number came out again
 */
export async function rerun(made: Figure | string, options: RerunOptions = {}): Promise<StudyComparison> {
  const { study, stages, folder, workers, signal, onProgress } = checkOptions(options, {
    study: textOption(undefined),
    stages: objectOption<readonly Stage[]>("a list of stages", Array.isArray),
    folder: textOption(undefined),
    workers: integerOption(1, { minimum: 1, maximum: 256 }),
    signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
    onProgress: callbackOption<(progress: StudyProgress) => void>(),
  });
  const place = await placeOf(made, study);
  const all = stages ?? (await stagesOfStudy(place.study));
  const chain = chainOf(place.stage, all);
  const fresh = folder ?? makeSpillFolder(tmpdir());
  try {
    await runStages(chain, {
      folder: fresh,
      workers,
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    return await compareStudies(place.study, fresh, { stages: chain.map(({ name }) => name) });
  } finally {
    if (folder === undefined) await rm(fresh, { recursive: true, force: true });
  }
}

export interface StagePlace {
  readonly study: string;
  readonly stage: string;
}

/** The folder of the study and the stage that made something. */
export async function placeOf(made: Figure | string, study?: string): Promise<StagePlace> {
  if (typeof made === "string") {
    const folder = resolve(made);
    const record = await stageFolder(dirname(folder), folder.slice(dirname(folder).length + 1)).record();
    if (record === undefined)
      throw new DataError(`${folder} is no folder of a finished stage`, { path: folder });
    return { study: dirname(folder), stage: record.name };
  }
  const provenance = provenanceOf(made);
  if (provenance === undefined)
    throw new ArgumentError("made", "the figure of a stage, with layout.meta.provenance", made);
  const { stage, key } = provenance;
  if (study !== undefined) return { study: resolve(study), stage };
  for (const { path } of readLineage().toReversed()) {
    if (!path.endsWith(stage)) continue;
    const record = await stageFolder(dirname(path), stage).record();
    if (record?.key === key) return { study: dirname(path), stage };
  }
  throw new DataError(
    `No study on this machine has the stage "${stage}" of this figure: give its folder as "study"`,
    {
      path: stage,
    },
  );
}

/** A stage and all that it came from. */
function chainOf(name: string, stages: readonly Stage[]): Stage[] {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  if (!byName.has(name)) throw unknownName("stage", name, [...byName.keys()]);
  const wanted = new Set([name]);
  for (const each of wanted) for (const input of byName.get(each)?.inputs ?? []) wanted.add(input);
  return stages.filter((stage) => wanted.has(stage.name));
}

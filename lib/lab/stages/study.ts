import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { checkText } from "../../core/arguments.ts";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { canonicalJson } from "../../core/hash.ts";
import { unknownName } from "../../core/nearest-name.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import { runStages, type RunStagesOptions, type StudyReport } from "./run-stages.ts";
import type { Stage } from "./stage.ts";

/** A study that can be repeated from its name and its options. */
export interface Study<Options extends object = object> {
  readonly name: string;
  /** The same options give the same stages. */
  readonly stages: (options: Options) => readonly Stage[] | Promise<readonly Stage[]>;
}

const studies = new Map<string, Study<never>>();

/**
 * Give a study a name, by which a figure of it can be made again in another session.
 *
 * @param stages the study's stages from its options, which are plain JSON
 * @throws {ArgumentError} another study has the name
 *
 * @example
 * const study = defineStudy("corpus-sizes", ({ sizes }: { sizes: number[] }) => sizes.map(stageOfSize));
 * await runStudy(study, { sizes: [10, 100] }, { folder: "runs/corpus-sizes" });
 */
export function defineStudy<Options extends object>(
  name: string,
  stages: Study<Options>["stages"],
): Study<Options> {
  checkText("name", "the name of a study", name);
  // A notebook may run its cell again.
  const held = studies.get(name);
  if (held !== undefined && held.stages.toString() !== stages.toString())
    throw new ArgumentError("name", "a name that no other study has", name);
  const study: Study<Options> = { name, stages };
  studies.set(name, study);
  return study;
}

/** `study.json`: which study lies in a folder. */
interface StudyRecord {
  readonly version: 1;
  readonly study: string;
  readonly options: object;
  /** Names, in the order in which they stand for people; folders of others are of an earlier form of the study. */
  readonly stages: readonly string[];
}

const studyFile = "study.json";

/**
 * Run a study by its options, as `runStages` does; the folder says which study it is.
 *
 * @throws {ArgumentError} options that are not plain JSON
 */
export async function runStudy<Options extends object>(
  study: Study<Options>,
  options: Options,
  run: RunStagesOptions,
): Promise<StudyReport> {
  canonicalJson(options);
  const stages = await study.stages(options);
  const record: StudyRecord = {
    version: 1,
    study: study.name,
    options,
    stages: stages.map(({ name }) => name),
  };
  const path = join(resolve(run.folder), studyFile);
  await writeFileAtomically(path, `${JSON.stringify(record, null, 1)}\n`);
  return runStages(stages, run);
}

/** Names of the stages that the study in a folder had when it was last begun; undefined where nothing says so. */
export async function stageNamesOf(folder: string): Promise<readonly string[] | undefined> {
  const text = await readFile(join(folder, studyFile), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as StudyRecord).stages;
}

/**
 * The stages of the study in a folder, as its options give them now.
 *
 * @throws {DataError} the folder does not say which study it is, or this session does not know the study
 */
export async function stagesOfStudy(folder: string): Promise<readonly Stage[]> {
  const path = join(folder, studyFile);
  let record: StudyRecord;
  try {
    record = JSON.parse(await readFile(path, "utf8")) as StudyRecord;
  } catch (error) {
    const message = `${path} does not say which study this is: run it by runStudy, or give its stages`;
    throw new DataError(message, { path }, { cause: error });
  }
  const study = studies.get(record.study);
  if (study === undefined) {
    const { message } = unknownName("study", record.study, [...studies.keys()]);
    throw new DataError(`${message}: import the file that defines it, or give its stages`, { path });
  }
  return study.stages(record.options as never);
}

import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { checkText } from "../../core/arguments.ts";
import { DataError } from "../../core/errors.ts";
import { canonicalJson, sha256OfFile } from "../../core/hash.ts";
import { inOrder } from "./in-order.ts";
import { readStageRecords, stageFolder, type StageRecord } from "./stage-record.ts";
import type { Stage } from "./stage.ts";
import { stageNamesOf } from "./study.ts";

/** A stage whose outputs are not, or may not be, what a run would make now. */
export interface StaleStage {
  readonly stage: string;
  readonly title: string;
  /** What is the matter with the stage itself, or with what it was made from. */
  readonly why: string;
  /** The stages at which it began: this one, or some that it depends on. */
  readonly because: readonly string[];
}

/**
 * Which stages of a study are stale, and why; in an order in which each stands after its inputs.
 *
 * Every file that a stage read from outside and every output is read again. A stage after a stale one is stale too,
 * though a run need not repeat it: where the first comes out with the content that it had, the rest stands. So is one
 * that the study no longer has, since it was begun with other options; with `stages` it is not looked at.
 *
 * @param stages the study's stages as they are now, to find changed settings and inputs and what was never made
 * @throws {DataError} no stage has finished in the folder
 *
 * @example
 * (await staleStages("runs/my-study")).map(({ stage, why }) => `${stage}: ${why}`);
 */
export async function staleStages(folder: string, stages?: readonly Stage[]): Promise<StaleStage[]> {
  checkText("folder", "the folder of a study", folder);
  const study = resolve(folder);
  const records = await readStageRecords(study);
  if (records.size === 0) throw new DataError(`No stage has finished in ${study}`, { path: study });
  const stale = new Map<string, StaleStage>();
  const note = (stage: string, title: string, why: string, because: readonly string[] = [stage]) => {
    if (!stale.has(stage)) stale.set(stage, { stage, title, why, because });
  };
  const names = await stageNamesOf(study);
  const wanted = stages && new Map(stages.map((stage) => [stage.name, stage]));
  for (const stage of stages === undefined ? [...records.values()].map(namesOf) : inOrder(stages)) {
    const record = records.get(stage.name);
    const { title } = wanted?.get(stage.name) ?? record!;
    if (record === undefined) {
      note(stage.name, title, "it has not finished");
      continue;
    }
    if (wanted === undefined && names?.includes(stage.name) === false)
      note(stage.name, title, "the study has no such stage any more");
    const changed = wanted && changeOfSettings(record, wanted.get(stage.name)!);
    const files = wanted?.get(stage.name)!.files ?? record.files.map(({ path }) => path);
    const own = changed ?? (await ownProblem(study, record, files));
    if (own !== undefined) note(stage.name, title, own);
    const before = stage.inputs.filter((input) => stale.has(input));
    if (before.length > 0) {
      const because = [...new Set(before.flatMap((input) => stale.get(input)!.because))];
      note(stage.name, title, `made from ${before.join(", ")}`, because);
    }
    const other = record.inputs.find((input) => records.get(input.stage)?.fingerprint !== input.fingerprint);
    if (other !== undefined) note(stage.name, title, `${other.stage} has other content now`);
  }
  return [...stale.values()];
}

function namesOf({ name, inputs }: StageRecord): Pick<Stage, "name" | "inputs"> {
  return { name, inputs: inputs.map(({ stage }) => stage) };
}

function changeOfSettings(
  { settings, inputs, files, kind, questions }: StageRecord,
  stage: Stage,
): string | undefined {
  if (canonicalJson(settings) !== canonicalJson(stage.settings)) {
    const names = new Set([...Object.keys(settings), ...Object.keys(stage.settings)]);
    const changed = [...names].filter(
      (name) => canonicalJson([settings[name] ?? null]) !== canonicalJson([stage.settings[name] ?? null]),
    );
    return `other settings: ${changed.join(", ")}`;
  }
  if (kind !== stage.kind) return `it was a stage of kind ${kind}`;
  if (questions !== stage.questions) return `its questions were ${questions ?? "not said to be of one kind"}`;
  if (inputs.map(({ stage: name }) => name).join() !== stage.inputs.join()) return "it has other inputs";
  return files.length === stage.files.length ? undefined : "it reads other files";
}

/** @param files where the files from outside lie now */
async function ownProblem(
  study: string,
  record: StageRecord,
  files: readonly string[],
): Promise<string | undefined> {
  for (const [index, { bytes, sha256 }] of record.files.entries()) {
    const path = files[index]!;
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) return `${path} is missing`;
    if (found.size !== bytes || (await sha256OfFile(path)) !== sha256) return `${path} has changed`;
  }
  return stageFolder(study, record.name).problem(record);
}

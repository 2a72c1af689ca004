import { existsSync } from "node:fs";
import { DataError } from "../../core/errors.ts";
import { bandingWarning, candidateProbability, type Banding } from "../minhash/banding.ts";
import { InputFiles } from "../line-files/input-files.ts";
import { checkRequest, planOf, type RemoveNearDuplicatesOptions } from "./options.ts";
import {
  planFingerprint,
  planFormat,
  taskCounts,
  type DedupPlan,
  type DedupSetting,
  type Step,
} from "./plan.ts";
import type { FinishResult } from "./steps/finish.ts";
import { StepRun, type StepProgress } from "./steps/step-run.ts";
import { steps } from "./steps/steps.ts";
import { WorkFolder } from "../work-folder.ts";
import { checkFinishedTasks, prepareWorkFolder } from "../work-plan.ts";

export type { RemoveNearDuplicatesOptions } from "./options.ts";
/** How far the step is that runs. */
export type NearDuplicatesProgress = StepProgress;

/** `documents = kept + removed`. */
export interface NearDuplicatesReport extends FinishResult {
  readonly setting: Banding & {
    readonly threshold: number;
    /** That a pair at the threshold is compared. */
    readonly probabilityAtThreshold: number;
  };
  /** Tasks that an interrupted run had finished and that were not done again. */
  readonly resumedTasks: number;
  readonly seconds: number;
}

/** In one process the kept lines go straight from the input to the result, not by way of a file for each shard. */
function countsOfOneProcess(plan: DedupPlan) {
  const { remove: _remove, ...counts } = taskCounts(plan);
  return counts;
}

/**
 * Remove near-duplicate documents from JSON Lines files, keeping the earliest of each cluster.
 *
 * Candidates are documents whose MinHash signatures agree in a band, and those that a chain of such agreements
 * connects. Every pair of them that can reach the threshold has its exact Jaccard similarity computed; only pairs
 * at or above it are joined. The result depends on neither threads nor memory nor how the input is cut into files
 * and shards. Outputs appear whole and together at the end, or not at all. Finished parts are kept in the folder
 * `work` until then: after an interruption, the same call goes on where it ended.
 *
 * @throws {ArgumentError} an option is out of range, or a path is given twice
 * @throws {DataError} an input is missing or changes, a line is no document, an identifier comes twice, or the
 *   documents' places alone need more than `memoryBytes`
 *
 * @see Lee et al. 2021, "Deduplicating training data makes language models better"
 */
export async function removeNearDuplicates(
  inputs: string | readonly string[],
  options: RemoveNearDuplicatesOptions,
): Promise<NearDuplicatesReport> {
  const started = performance.now();
  const request = checkRequest(inputs, options);
  const input = new InputFiles(request.inputs);
  try {
    const plan = planOf(request, input);
    const { setting } = request;
    const warnings = await prepareWorkFolder(request.work, planFormat, { plan, setting });
    const work = new WorkFolder<Step>(request.work, planFingerprint(plan));
    const run = new StepRun({ plan, setting }, work, input, request.run);
    try {
      if (work.finished("finish", 0) !== undefined && isResultMissing(setting)) await work.drop("finish", 0);
      const { resumedTasks, damage } = await checkFinishedTasks(
        work,
        countsOfOneProcess(plan),
        request.run.signal,
      );
      for (const step of Object.keys(countsOfOneProcess(plan)) as Step[]) {
        const tasks = run.unfinished(step);
        if (tasks.length > 0) await steps[step](run, tasks);
      }
      const outcome = work.resultOf<FinishResult>("finish", 0);
      await work.remove();
      return {
        ...outcome,
        setting: settingOf(plan),
        warnings: [...bandingWarnings(plan), ...warnings, ...damage, ...outcome.warnings],
        resumedTasks,
        seconds: (performance.now() - started) / 1000,
      };
    } catch (error) {
      // What is wrong with the input has to be mended first, and what was made of it is of no use then.
      if (isAboutInput(error, plan) || !work.hasAnything()) await work.remove();
      throw error;
    } finally {
      await run.close();
    }
  } finally {
    input.close();
  }
}

/** A result is no longer where the last step put it. */
function isResultMissing({ output, removed, pairs, clusters }: DedupSetting): boolean {
  return [output, removed, pairs, clusters].some((path) => path !== undefined && !existsSync(path));
}

function isAboutInput(error: unknown, { inputs }: DedupPlan): boolean {
  return error instanceof DataError && inputs.some(({ path }) => path === error.path);
}

function settingOf({ banding, threshold }: DedupPlan): NearDuplicatesReport["setting"] {
  return { ...banding, threshold, probabilityAtThreshold: candidateProbability(threshold, banding) };
}

function bandingWarnings({ banding, threshold }: DedupPlan): string[] {
  const warning = bandingWarning(banding, threshold);
  return warning === undefined ? [] : [warning];
}

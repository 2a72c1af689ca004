import { availableParallelism } from "node:os";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { InputFiles } from "../line-files/input-files.ts";
import {
  planFingerprint,
  planFormat,
  taskCounts,
  type DedupPlanFile,
  type Step,
} from "../near-duplicates/plan.ts";
import type { FinishResult } from "../near-duplicates/steps/finish.ts";
import { StepRun, type StepProgress } from "../near-duplicates/steps/step-run.ts";
import { steps } from "../near-duplicates/steps/steps.ts";
import { WorkFolder } from "../work-folder.ts";
import { readPlanFile } from "../work-plan.ts";

export interface DedupTask {
  /** Folder of the work; see {@link planDedup}. */
  readonly work: string;
  readonly step: Step;
  /** From 0. */
  readonly task: number;
  /** Threads. @default the processors of the machine */
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: StepProgress) => void) | undefined;
}

export interface DedupTaskReport {
  readonly step: Step;
  readonly task: number;
  /** It was done before, and nothing was done now. */
  readonly isRepeated: boolean;
  readonly warnings: readonly string[];
  /** What the whole removal found; of the last step. */
  readonly result: FinishResult | undefined;
  readonly seconds: number;
}

/**
 * Do one task of a planned removal of near-duplicates, unless it is done.
 *
 * What a finished task left is read again and compared with its sums; damaged, it is made anew. Killed at any time
 * and run again, a task leaves the same bytes. The last step removes what the others left.
 *
 * @throws {ArgumentError} there is no such step or task
 * @throws {DataError} the plan is missing, an input was changed, or a task of an earlier step is missing or damaged
 */
export async function runDedupTask(task: DedupTask): Promise<DedupTaskReport> {
  const started = performance.now();
  const planned = readPlanFile<DedupPlanFile>(task.work, planFormat);
  if (planned === undefined) {
    throw new DataError(`${task.work} holds no plan; dedup-plan makes one`, { path: task.work });
  }
  const counts = taskCounts(planned.plan);
  if (!Object.hasOwn(counts, task.step)) {
    throw new ArgumentError("step", `one of ${Object.keys(counts).join(", ")}`, task.step);
  }
  const count = counts[task.step];
  if (!Number.isSafeInteger(task.task) || task.task < 0 || task.task >= count) {
    throw new ArgumentError("task", `from 0 to ${count - 1} for the step "${task.step}"`, task.task);
  }
  const work = new WorkFolder<Step>(task.work, planFingerprint(planned.plan));
  const { isDone, warnings } = await examine(work, task);
  if (!isDone) {
    const input = new InputFiles(planned.plan.inputs.map(({ path }) => path));
    try {
      input.checkAgainst(planned.plan.inputs);
      const { signal, onProgress, workers = availableParallelism() } = task;
      const { memoryBytes } = planned.setting;
      const run = new StepRun(planned, work, input, { memoryBytes, workers, signal, onProgress });
      try {
        await steps[task.step](run, [task.task]);
      } finally {
        await run.close();
      }
    } finally {
      input.close();
    }
  }
  if (task.step === "finish") await work.keepOnly("finish");
  return {
    step: task.step,
    task: task.task,
    isRepeated: isDone,
    warnings,
    result: task.step === "finish" ? work.resultOf<FinishResult>("finish", 0) : undefined,
    seconds: (performance.now() - started) / 1000,
  };
}

async function examine(work: WorkFolder<Step>, { step, task }: DedupTask) {
  if (work.finished("finish", 0) !== undefined) return { isDone: true, warnings: [] };
  if (work.finished(step, task) === undefined) return { isDone: false, warnings: [] };
  const path = await work.damagedFile(step, task);
  if (path === undefined) return { isDone: true, warnings: [] };
  await work.drop(step, task);
  return { isDone: false, warnings: [`${path} was damaged and is made anew`] };
}

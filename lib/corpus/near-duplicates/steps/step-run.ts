import { DataError } from "../../../core/errors.ts";
import { TaskThreads } from "../../task-threads.ts";
import { DocumentList } from "../document-list.ts";
import type { InputFiles } from "../../line-files/input-files.ts";
import { taskCounts, type DedupPlan, type DedupSetting, type Step } from "../plan.ts";
import { joinBytes } from "../similarity-join.ts";
import type { DuplicateTasks, ThreadSetting } from "../threads/worker.ts";
import type { WorkFolder } from "../../work-folder.ts";
import type { SignResult } from "./sign.ts";

export interface StepProgress {
  readonly step: "sign" | "link" | "compare" | "write";
  readonly done: number;
  readonly total: number;
  readonly unit: "bytes" | "bands" | "documents";
}

export interface StepRunOptions {
  readonly memoryBytes: number;
  readonly workers: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: StepProgress) => void) | undefined;
}

/** Bytes a document that a step itself holds, at most: places, links, groups. */
const bytesPerDocument = 48;

/** What the steps of a removal share within one process. */
export class StepRun {
  readonly plan: DedupPlan;
  readonly work: WorkFolder<Step>;
  readonly input: InputFiles;
  readonly threads: TaskThreads<DuplicateTasks>;
  readonly setting: DedupSetting;
  readonly options: StepRunOptions;
  /** Room for the table of keys of a thread. */
  readonly tableBytesOfThread: number;

  constructor(
    { plan, setting }: { readonly plan: DedupPlan; readonly setting: DedupSetting },
    work: WorkFolder<Step>,
    input: InputFiles,
    options: StepRunOptions,
  ) {
    this.plan = plan;
    this.setting = setting;
    this.work = work;
    this.input = input;
    this.options = options;
    const { memoryBytes, workers, signal } = options;
    // No more threads than have room for what they compare.
    const threads = Math.max(1, Math.min(workers, Math.floor(memoryBytes / 4 / joinBytes)));
    this.tableBytesOfThread = memoryBytes / 2 / threads;
    const { fields, banding, threshold, allPairs } = plan;
    const cacheBytes = memoryBytes / 4 / threads;
    const threadSetting: ThreadSetting = {
      descriptors: input.descriptors,
      fields,
      banding,
      threshold,
      allPairs,
      cacheBytes,
    };
    const source = new URL("../threads/worker.ts", import.meta.url);
    this.threads = new TaskThreads({ source, threads, setting: threadSetting, signal });
  }

  /** Tasks of a step that are not done. */
  unfinished(step: Step): number[] {
    const tasks = Array.from({ length: taskCounts(this.plan)[step] }, (_, task) => task);
    return tasks.filter((task) => this.work.finished(step, task) === undefined);
  }

  /** Results of those tasks of a step that are done. */
  finishedResults<Result>(step: Step): Result[] {
    return Array.from({ length: taskCounts(this.plan)[step] }, (_, task) =>
      this.work.finished<Result>(step, task),
    ).filter((result) => result !== undefined);
  }

  /** Results of all tasks of a step, in order. */
  resultsOf<Result>(step: Step): Result[] {
    return Array.from({ length: taskCounts(this.plan)[step] }, (_, task) =>
      this.work.resultOf<Result>(step, task),
    );
  }

  /** Places of all documents. */
  allDocuments(): DocumentList {
    const results = this.resultsOf<SignResult>("sign");
    this.checkMemory(results.reduce((sum, { documents }) => sum + documents, 0));
    const documents = new DocumentList();
    for (const [shard, { runs }] of results.entries()) {
      documents.load(this.work.read("sign", shard, "documents.bin"), runs);
    }
    return documents;
  }

  /** @throws {DataError} the places of so many documents need more than half of the memory */
  checkMemory(documents: number): void {
    const { memoryBytes } = this.options;
    if (documents * bytesPerDocument <= memoryBytes / 2) return;
    const gigabytes = Math.ceil((2 * bytesPerDocument * documents) / 1e8) / 10;
    throw new DataError(
      `${documents} documents need more than the ${memoryBytes / 1e9} GB of memory allowed; ${gigabytes} GB would do for those read until now`,
      { path: this.input.files[0]!.path },
    );
  }

  /** Let signals and timers in; stop here when that is asked for. */
  async giveWay(): Promise<void> {
    await new Promise(setImmediate);
    this.options.signal?.throwIfAborted();
  }

  report(step: StepProgress["step"], done: number, total: number, unit: StepProgress["unit"]): void {
    this.options.onProgress?.({ step, done, total, unit });
  }

  close(): Promise<void> {
    return this.threads.close();
  }
}

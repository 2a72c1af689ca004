import type { InputFiles } from "../../line-files/input-files.ts";
import { TaskThreads } from "../../task-threads.ts";
import type { WorkFolder } from "../../work-folder.ts";
import { taskCounts, type ThreadRoom, type SpansPlan, type Step } from "../plan.ts";
import type { SpanTasks, ThreadSetting } from "../threads/worker.ts";

/** How far the step is that runs. */
export interface RepeatedSpansProgress {
  readonly step: "scan" | "match" | "write";
  readonly done: number;
  readonly total: number;
  readonly unit: "bytes";
}

/** Where results go and what the machine lends; nothing of it changes a byte. */
export interface SpansSetting {
  /** Left out, only the spans are written. */
  readonly output: string | undefined;
  readonly spans: string;
  readonly memoryBytes: number;
  readonly workers: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: RepeatedSpansProgress) => void) | undefined;
}

/** What the steps of a removal of repeated spans share. */
export class SpanRun {
  readonly plan: SpansPlan;
  readonly setting: SpansSetting;
  readonly work: WorkFolder<Step>;
  readonly input: InputFiles;
  readonly threads: TaskThreads<SpanTasks>;
  /** Parts of the anchors that a thread compares at a time. */
  readonly partsAtATime: number;

  constructor(
    plan: SpansPlan,
    setting: SpansSetting,
    { partsAtATime, threads }: ThreadRoom,
    work: WorkFolder<Step>,
    input: InputFiles,
  ) {
    this.plan = plan;
    this.setting = setting;
    this.work = work;
    this.input = input;
    this.partsAtATime = partsAtATime;
    const { fields, minimumBytes } = plan;
    const threadSetting: ThreadSetting = { descriptors: input.descriptors, fields, minimumBytes };
    const source = new URL("../threads/worker.ts", import.meta.url);
    this.threads = new TaskThreads({ source, threads, setting: threadSetting, signal: setting.signal });
  }

  /** Tasks of a step that are not done. */
  unfinished(step: Step): number[] {
    const tasks = Array.from({ length: taskCounts(this.plan)[step] }, (_, task) => task);
    return tasks.filter((task) => this.work.finished(step, task) === undefined);
  }

  /** Results of all tasks of a step, in order. */
  resultsOf<Result>(step: Step): Result[] {
    return Array.from({ length: taskCounts(this.plan)[step] }, (_, task) =>
      this.work.resultOf<Result>(step, task),
    );
  }

  report(step: RepeatedSpansProgress["step"], done: number, total: number): void {
    this.setting.onProgress?.({ step, done, total, unit: "bytes" });
  }

  close(): Promise<void> {
    return this.threads.close();
  }
}

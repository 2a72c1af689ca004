import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { checkPathList } from "../../core/arguments.ts";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { fingerprint } from "../../core/hash.ts";
import {
  booleanOption,
  callbackOption,
  checkOptions,
  choiceOption,
  integerOption,
  objectOption,
  textOption,
} from "../../core/options.ts";
import { checkPaths, InputFiles } from "../line-files/input-files.ts";
import { WorkFolder } from "../work-folder.ts";
import { checkFinishedTasks, prepareWorkFolder } from "../work-plan.ts";
import { threadRoom, planFormat, taskCounts, type SpansPlan, type Step } from "./plan.ts";
import type { KeptOccurrence } from "./span-marks.ts";
import { checkRoomForDocuments } from "./steps/identifiers.ts";
import { matchAnchors } from "./steps/match.ts";
import { scanShards } from "./steps/scan.ts";
import { SpanRun, type RepeatedSpansProgress, type SpansSetting } from "./steps/span-run.ts";
import { writeResults, type WriteResult } from "./steps/write.ts";

export interface RemoveRepeatedSpansOptions {
  /** The kept lines in the order of the input, with their texts cut; not needed with `reportOnly`. */
  readonly output?: string | undefined;
  /** One line for each repeated span: `{id, start, end}`, bytes of the input text's UTF-8, `end` exclusive. */
  readonly spans: string;
  /** Shortest run of bytes whose repetition counts. @default 400 */
  readonly minimumBytes?: number | undefined;
  /** What stays of repeated bytes: the first occurrence in the order of the input, or nothing. @default "first" */
  readonly keep?: KeptOccurrence | undefined;
  /** Write the spans and remove nothing. @default false */
  readonly reportOnly?: boolean | undefined;
  /** Property of a line that holds the text. @default "text" */
  readonly field?: string | undefined;
  /** Property of a line that holds the identifier, a text or a whole number, each once. @default "id" */
  readonly id?: string | undefined;
  /** Memory for texts and tables at a time, all threads together. @default 2e9 */
  readonly memoryBytes?: number | undefined;
  /** Threads. @default the processors of the machine */
  readonly workers?: number | undefined;
  /** Where finished parts are kept until the end, so that an interrupted run goes on from there. @default `output` (or `spans`) and ".work" */
  readonly work?: string | undefined;
  /** Parts of the input. @default one for each 64 MB, at most 500 */
  readonly shards?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RepeatedSpansProgress) => void) | undefined;
}

export type { RepeatedSpansProgress } from "./steps/span-run.ts";

/** What was cut from how many documents, and under which setting. */
export interface RepeatedSpansReport extends WriteResult {
  readonly setting: {
    readonly minimumBytes: number;
    readonly keep: KeptOccurrence;
    readonly reportOnly: boolean;
  };
  /** Tasks that an interrupted run had finished and that were not done again. */
  readonly resumedTasks: number;
  readonly seconds: number;
}

export const largestMinimumBytes = 65_536;
const smallestMemoryBytes = 64e6;
const maximumShards = 500;
const bytesPerShard = 64e6;

/**
 * Remove spans of bytes that come more than once from the documents of JSON Lines files.
 *
 * A window is `minimumBytes` bytes in a row within one document's text. It is repeated when another window, in
 * whichever document or overlapping it, has the same bytes. A span is a maximal run of bytes that lie in repeated
 * windows; spans are reported uncut, every occurrence. Removed are a span's bytes (`keep: "none"`), or those that lie
 * in no window that is the first of its bytes in the order of the input (`keep: "first"`): so every repeated window
 * stays once as it was. Characters that would be removed in part stay. Removing makes new neighbours, so a second pass
 * may find more.
 *
 * Every repeated window is found, by comparing bytes. The result depends on neither the number of threads nor the
 * memory nor how the input is cut into files. Outputs appear whole and together at the end, or not at all. Finished
 * parts are kept in the folder `work` until then: after an interruption, the same call goes on where it ended. The
 * folder takes about 1.3 times the texts' size, memory some 100 bytes a document and little more.
 *
 * @throws {ArgumentError} an option is out of range, or a path is given twice
 * @throws {DataError} an input is missing or changes, a line is no document, an identifier comes twice, or the
 *   documents need more than `memoryBytes`, which is seen before the work begins where samples tell it
 *
 * @see Lee et al. 2021, "Deduplicating training data makes language models better": spans of 50 tokens, all removed
 */
export async function removeRepeatedSpans(
  inputs: string | readonly string[],
  options: RemoveRepeatedSpansOptions,
): Promise<RepeatedSpansReport> {
  const started = performance.now();
  checkPathList("inputs", inputs);
  const paths = typeof inputs === "string" ? [inputs] : inputs;
  const checked = checkOptions(options, {
    output: textOption(undefined),
    spans: textOption(undefined),
    minimumBytes: integerOption(400, { minimum: 1, maximum: largestMinimumBytes }),
    keep: choiceOption<KeptOccurrence>("first", ["first", "none"]),
    reportOnly: booleanOption(false),
    field: textOption("text"),
    id: textOption("id"),
    memoryBytes: integerOption(2e9, { minimum: smallestMemoryBytes }),
    workers: integerOption(Math.min(16, availableParallelism()), { minimum: 1, maximum: 256 }),
    work: textOption(undefined),
    shards: integerOption(undefined, { minimum: 1, maximum: maximumShards }),
    signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
    onProgress: callbackOption<(progress: RepeatedSpansProgress) => void>(),
  });
  const { output, spans, minimumBytes, keep, reportOnly } = checked;
  if (paths.length === 0) throw new ArgumentError("inputs", "at least one path", inputs);
  if (spans === undefined) throw new ArgumentError("spans", "a path", spans);
  if (output === undefined && !reportOnly) {
    throw new ArgumentError("output", "a path, unless reportOnly is true", output);
  }
  const work = resolve(checked.work ?? `${output ?? spans}.work`);
  checkPaths(paths, { spans, ...(output === undefined ? {} : { output }), work });
  const input = new InputFiles(paths);
  try {
    const plan: SpansPlan = {
      inputs: input.states,
      fields: { field: checked.field, id: checked.id },
      minimumBytes,
      keep: reportOnly ? undefined : keep,
      shards: checked.shards ?? Math.min(maximumShards, Math.max(1, Math.ceil(input.bytes / bytesPerShard))),
    };
    const results = { output: reportOnly ? undefined : output, spans };
    const outcome = await runPlan(plan, { ...checked, ...results }, work, input);
    return {
      ...outcome,
      setting: { minimumBytes, keep, reportOnly },
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    input.close();
  }
}

async function runPlan(plan: SpansPlan, setting: SpansSetting, path: string, input: InputFiles) {
  checkRoomForDocuments(input, setting.memoryBytes);
  const room = threadRoom(plan, setting.memoryBytes, setting.workers);
  const warnings = await prepareWorkFolder(path, planFormat, { plan });
  const work = new WorkFolder<Step>(path, fingerprint(plan));
  const run = new SpanRun(plan, setting, room, work, input);
  try {
    if (work.finished("write", 0) !== undefined && isResultMissing(setting)) await work.drop("write", 0);
    const { resumedTasks, damage } = await checkFinishedTasks(work, taskCounts(plan), setting.signal);
    for (const step of Object.keys(steps) as Step[]) {
      const tasks = run.unfinished(step);
      if (tasks.length > 0) await steps[step](run, tasks);
    }
    const outcome = work.resultOf<WriteResult>("write", 0);
    await work.remove();
    return { ...outcome, warnings: [...warnings, ...damage, ...outcome.warnings], resumedTasks };
  } catch (error) {
    // What is wrong with the input has to be mended first, and what was made of it is of no use then.
    const isAboutInput = error instanceof DataError && plan.inputs.some((state) => state.path === error.path);
    if (isAboutInput || !work.hasAnything()) await work.remove();
    throw error;
  } finally {
    await run.close();
  }
}

/** The steps in their order; each does the tasks that it is given. */
const steps: Readonly<Record<Step, (run: SpanRun, tasks: readonly number[]) => Promise<void>>> = {
  scan: scanShards,
  match: matchAnchors,
  write: (run) => run.work.makeTask("write", 0, () => writeResults(run)),
};

/** A result is no longer where the last step put it. */
function isResultMissing({ output, spans }: SpansSetting): boolean {
  return [output, spans].some((result) => result !== undefined && !existsSync(result));
}

import { availableParallelism } from "node:os";
import { ArgumentError } from "../../core/errors.ts";
import {
  booleanOption,
  callbackOption,
  checkOptions,
  choiceOption,
  integerOption,
  objectOption,
  textOption,
} from "../../core/options.ts";
import { checkOutputPaths, InputFiles } from "../line-files/input-files.ts";
import { RepeatedSpansRun } from "./run.ts";
import type { KeptOccurrence } from "./span-marks.ts";

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
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RepeatedSpansProgress) => void) | undefined;
}

export interface RepeatedSpansProgress {
  readonly step: "scan" | "match" | "write";
  readonly done: number;
  readonly total: number;
  readonly unit: "bytes";
}

/** `documents = kept + emptied`, `textBytes = keptBytes + removedBytes`. */
export interface RepeatedSpansReport {
  readonly documents: number;
  readonly kept: number;
  /** Documents of whose text nothing was left; their lines are left out. */
  readonly emptied: number;
  /** Kept documents with a shorter text. */
  readonly changed: number;
  readonly spans: number;
  readonly textBytes: number;
  /** Bytes in spans. */
  readonly repeatedBytes: number;
  readonly removedBytes: number;
  readonly keptBytes: number;
  readonly blankLines: number;
  readonly setting: {
    readonly minimumBytes: number;
    readonly keep: KeptOccurrence;
    readonly reportOnly: boolean;
  };
  readonly warnings: readonly string[];
  readonly inputBytes: number;
  /** Memory for what is known of each byte and document. */
  readonly tableBytes: number;
  /** Size of the temporary files. */
  readonly spillBytes: number;
  readonly seconds: number;
}

export const largestMinimumBytes = 65_536;
const smallestMemoryBytes = 64e6;

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
 * memory nor how the input is cut into files. Outputs appear whole and together at the end, or not at all.
 *
 * @throws {ArgumentError} an option is out of range, or a path is given twice
 * @throws {DataError} an input is missing or changes, a line is no document, an identifier comes twice, or two bits
 *   for each byte of text need more than half of `memoryBytes`
 *
 * @see Lee et al. 2021, "Deduplicating training data makes language models better": spans of 50 tokens, all removed
 */
export async function removeRepeatedSpans(
  inputs: string | readonly string[],
  options: RemoveRepeatedSpansOptions,
): Promise<RepeatedSpansReport> {
  const started = performance.now();
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
    signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
    onProgress: callbackOption<(progress: RepeatedSpansProgress) => void>(),
  });
  const { output, spans, minimumBytes, keep, reportOnly } = checked;
  if (paths.length === 0) throw new ArgumentError("inputs", "at least one path", inputs);
  if (spans === undefined) throw new ArgumentError("spans", "a path", spans);
  if (output === undefined && !reportOnly) {
    throw new ArgumentError("output", "a path, unless reportOnly is true", output);
  }
  checkOutputPaths(paths, { spans, ...(output === undefined ? {} : { output }) });

  const input = new InputFiles(paths);
  try {
    const run = new RepeatedSpansRun(input, checked, { output: reportOnly ? undefined : output, spans });
    try {
      const outcome = await run.finish();
      return {
        ...outcome,
        setting: { minimumBytes, keep, reportOnly },
        inputBytes: input.bytes,
        seconds: (performance.now() - started) / 1000,
      };
    } finally {
      run.close();
    }
  } finally {
    input.close();
  }
}

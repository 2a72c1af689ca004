import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { checkPathList } from "../../core/arguments.ts";
import { ArgumentError } from "../../core/errors.ts";
import {
  callbackOption,
  checkOptions,
  choiceOption,
  integerOption,
  objectOption,
  shareOption,
  textOption,
} from "../../core/options.ts";
import { bandingPresets, checkBanding, type Banding, type BandingPreset } from "../minhash/banding.ts";
import { checkPaths, type InputFiles } from "../line-files/input-files.ts";
import type { DedupPlan, DedupSetting } from "./plan.ts";
import type { StepProgress, StepRunOptions } from "./steps/step-run.ts";

export interface RemoveNearDuplicatesOptions {
  /** The kept lines, verbatim, in the order of the input. */
  readonly output: string;
  /**
   * One line for each removed document: `{id, kept, jaccard, cluster}`. `kept` is the one that stays, `cluster`, or
   * where the two are not similar enough the next one of a chain on the way to it, which is removed too.
   */
  readonly removed: string;
  /** One line for each pair at or above the threshold: `{left, right, jaccard}`. Left out, chained pairs are not compared. */
  readonly pairs?: string | undefined;
  /** One line for each cluster: `{cluster, size, lowestJaccard}`, the least similarity being that to the document that stays. */
  readonly clusters?: string | undefined;
  /** @default "lee" */
  readonly preset?: BandingPreset | undefined;
  /** In place of the preset's; needs `rows`. */
  readonly bands?: number | undefined;
  /** In place of the preset's; needs `bands`. */
  readonly rows?: number | undefined;
  /** Least Jaccard similarity of two documents' sets of word 5-grams, in (0, 1]. @default 0.85 */
  readonly threshold?: number | undefined;
  /** Property of a line that holds the text. @default "text" */
  readonly field?: string | undefined;
  /** Property of a line that holds the identifier, a text or a whole number, each once. @default "id" */
  readonly id?: string | undefined;
  /** Memory for documents at a time, all threads together. @default 2e9 */
  readonly memoryBytes?: number | undefined;
  /** Threads. @default the processors of the machine */
  readonly workers?: number | undefined;
  /** Where finished parts are kept until the end, so that an interrupted run goes on from there. @default `output` and ".work" */
  readonly work?: string | undefined;
  /** Parts of the input. @default one for each 64 MB, at most 1000 */
  readonly shards?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: StepProgress) => void) | undefined;
}

/** What a removal is to do, checked. */
export interface DedupRequest {
  readonly inputs: readonly string[];
  readonly setting: DedupSetting;
  /** Folder of the work. */
  readonly work: string;
  /** Undefined: from the size of the input. */
  readonly shards: number | undefined;
  readonly rules: Omit<DedupPlan, "inputs" | "shards">;
  readonly run: StepRunOptions;
}

const smallestMemoryBytes = 64e6;
const maximumShards = 1000;
const bytesPerShard = 64e6;

/** @throws {ArgumentError} an option is out of range, or a path is given twice */
export function checkRequest(
  inputs: string | readonly string[],
  options: RemoveNearDuplicatesOptions,
): DedupRequest {
  checkPathList("inputs", inputs);
  const paths = (typeof inputs === "string" ? [inputs] : inputs).map((path) => resolve(path));
  const checked = checkOptions(options, {
    output: textOption(undefined),
    removed: textOption(undefined),
    pairs: textOption(undefined),
    clusters: textOption(undefined),
    preset: choiceOption<BandingPreset>("lee", ["lee", "fast"]),
    bands: integerOption(undefined, { minimum: 1 }),
    rows: integerOption(undefined, { minimum: 1 }),
    threshold: shareOption(0.85),
    field: textOption("text"),
    id: textOption("id"),
    memoryBytes: integerOption(2e9, { minimum: smallestMemoryBytes }),
    workers: integerOption(Math.min(16, availableParallelism()), { minimum: 1, maximum: 256 }),
    work: textOption(undefined),
    shards: integerOption(undefined, { minimum: 1, maximum: maximumShards }),
    signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
    onProgress: callbackOption<(progress: StepProgress) => void>(),
  });
  const { output, removed, pairs, clusters, threshold, preset, bands, rows, field, id } = checked;
  if (paths.length === 0) throw new ArgumentError("inputs", "at least one path", inputs);
  if (output === undefined) throw new ArgumentError("output", "a path", output);
  if (removed === undefined) throw new ArgumentError("removed", "a path", removed);
  const work = checked.work ?? `${output}.work`;
  const further = {
    ...(pairs === undefined ? {} : { pairs }),
    ...(clusters === undefined ? {} : { clusters }),
  };
  checkPaths(paths, { output, removed, ...further, work });
  return {
    inputs: paths,
    setting: {
      output: resolve(output),
      removed: resolve(removed),
      pairs: pairs === undefined ? undefined : resolve(pairs),
      clusters: clusters === undefined ? undefined : resolve(clusters),
      memoryBytes: checked.memoryBytes,
    },
    work: resolve(work),
    shards: checked.shards,
    rules: {
      fields: { field, id },
      banding: chooseBanding(preset, bands, rows),
      threshold,
      allPairs: pairs !== undefined,
    },
    run: checked,
  };
}

export function planOf({ rules, shards }: DedupRequest, input: InputFiles): DedupPlan {
  const wanted = shards ?? Math.ceil(input.bytes / bytesPerShard);
  return { inputs: input.states, ...rules, shards: Math.min(maximumShards, Math.max(1, wanted)) };
}

function chooseBanding(preset: BandingPreset, bands: number | undefined, rows: number | undefined): Banding {
  if (bands === undefined && rows === undefined) return bandingPresets[preset];
  if (bands === undefined) throw new ArgumentError("bands", "given beside rows", bands);
  if (rows === undefined) throw new ArgumentError("rows", "given beside bands", rows);
  checkBanding({ bands, rows });
  return { bands, rows };
}

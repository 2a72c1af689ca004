import { closeSync } from "node:fs";
import { availableParallelism } from "node:os";
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
import {
  bandingPresets,
  bandingWarning,
  candidateProbability,
  checkBanding,
  type Banding,
  type BandingPreset,
} from "../minhash/banding.ts";
import { checkOutputPaths, InputFiles, openSpill } from "./input-files.ts";
import { NearDuplicatesRun } from "./run.ts";
import type { ClusterSummary } from "./tasks.ts";

export interface RemoveNearDuplicatesOptions {
  /** The kept lines, verbatim, in the order of the input. */
  readonly output: string;
  /** One line for each removed document: `{id, kept, jaccard, cluster}`. */
  readonly removed: string;
  /** One line for each pair at or above the threshold: `{left, right, jaccard}`. Left out, chained pairs are not compared. */
  readonly pairs?: string | undefined;
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
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: NearDuplicatesProgress) => void) | undefined;
}

export interface NearDuplicatesProgress {
  readonly step: "sign" | "link" | "compare" | "write";
  readonly done: number;
  readonly total: number;
  readonly unit: "bytes" | "bands" | "documents";
}

/** `documents = kept + removed`. */
export interface NearDuplicatesReport {
  readonly documents: number;
  readonly kept: number;
  readonly removed: number;
  /** Documents without a letter or a number; they are kept. */
  readonly withoutWords: number;
  readonly blankLines: number;
  /** Clusters of two documents or more, the largest first, at most ten. */
  readonly clusters: { readonly count: number; readonly largest: readonly ClusterSummary[] };
  /** Number of pairs at or above the threshold; known when `pairs` was asked for. */
  readonly pairs: number | undefined;
  /** Documents that shared a band with another. */
  readonly candidates: number;
  readonly setting: Banding & {
    readonly threshold: number;
    /** That a pair at the threshold is compared. */
    readonly probabilityAtThreshold: number;
  };
  readonly warnings: readonly string[];
  readonly inputBytes: number;
  /** Size of the temporary file of band keys. */
  readonly spillBytes: number;
  readonly seconds: number;
}

const smallestMemoryBytes = 64e6;

/**
 * Remove near-duplicate documents from JSON Lines files, keeping the earliest of each cluster.
 *
 * Candidates are documents whose MinHash signatures agree in a band, and those that a chain of such agreements
 * connects. Every pair of them that can reach the threshold has its exact Jaccard similarity computed; only pairs
 * at or above it are joined. The result depends on neither the number of threads nor how the input is cut into
 * files. Outputs appear whole and together at the end, or not at all.
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
  const paths = typeof inputs === "string" ? [inputs] : inputs;
  const checked = checkOptions(options, {
    output: textOption(undefined),
    removed: textOption(undefined),
    pairs: textOption(undefined),
    preset: choiceOption<BandingPreset>("lee", ["lee", "fast"]),
    bands: integerOption(undefined, { minimum: 1 }),
    rows: integerOption(undefined, { minimum: 1 }),
    threshold: shareOption(0.85),
    field: textOption("text"),
    id: textOption("id"),
    memoryBytes: integerOption(2e9, { minimum: smallestMemoryBytes }),
    workers: integerOption(Math.min(16, availableParallelism()), { minimum: 1, maximum: 256 }),
    signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
    onProgress: callbackOption<(progress: NearDuplicatesProgress) => void>(),
  });
  const { output, removed, pairs, threshold, preset, bands, rows } = checked;
  if (paths.length === 0) throw new ArgumentError("inputs", "at least one path", inputs);
  if (output === undefined) throw new ArgumentError("output", "a path", output);
  if (removed === undefined) throw new ArgumentError("removed", "a path", removed);
  checkOutputPaths(paths, { output, removed, ...(pairs === undefined ? {} : { pairs }) });
  const banding = chooseBanding(preset, bands, rows);
  const warning = bandingWarning(banding, threshold);

  const input = new InputFiles(paths);
  let spill: number | undefined;
  try {
    spill = openSpill(output);
    const run = new NearDuplicatesRun(input, spill, banding, checked, { output, removed, pairs });
    const outcome = await run.finish();
    const { setting, warnings, ...counts } = {
      ...outcome,
      setting: { ...banding, threshold, probabilityAtThreshold: candidateProbability(threshold, banding) },
      warnings: [...(warning === undefined ? [] : [warning]), ...outcome.warnings],
    };
    return {
      ...counts,
      setting,
      warnings,
      inputBytes: input.bytes,
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    if (spill !== undefined) closeSync(spill);
    input.close();
  }
}

function chooseBanding(preset: BandingPreset, bands: number | undefined, rows: number | undefined): Banding {
  if (bands === undefined && rows === undefined) return bandingPresets[preset];
  if (bands === undefined) throw new ArgumentError("bands", "given beside rows", bands);
  if (rows === undefined) throw new ArgumentError("rows", "given beside bands", rows);
  checkBanding({ bands, rows });
  return { bands, rows };
}

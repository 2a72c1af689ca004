import { createHash } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { recordMade } from "../../../core/lineage.ts";
import { lineNumberAt, readBytes } from "../../line-files/lines.ts";
import type { OutputFile } from "../../line-files/output-file.ts";
import { PendingFiles } from "../../line-files/pending-files.ts";
import { taskCounts, type Step } from "../plan.ts";
import type { GroupResult } from "./group.ts";
import { copyKeptLines, keptFileName, whatGoes, type RemoveResult } from "./remove.ts";
import type { SignResult } from "./sign.ts";
import type { StepRun } from "./step-run.ts";
import { joinCounts, type ClusterCount, type VerifyResult } from "./verify.ts";

/** What a removal found; `documents = kept + removed`. */
export interface FinishResult {
  readonly documents: number;
  readonly kept: number;
  readonly removed: number;
  /** Documents without a letter or a number; they are kept. */
  readonly withoutWords: number;
  readonly blankLines: number;
  /** Clusters of two documents or more. */
  readonly clusters: ClusterCount;
  /** Number of pairs at or above the threshold; known when `pairs` was asked for. */
  readonly pairs: number | undefined;
  /** Documents that shared a band with another. */
  readonly candidates: number;
  readonly warnings: readonly string[];
  readonly inputBytes: number;
  /** Size of the band keys on disk. */
  readonly spillBytes: number;
  readonly outputBytes: number;
}

/**
 * Join what the tasks made into the results, which appear together or not at all.
 *
 * A shard whose kept lines no task has copied yet is copied from the input.
 */
export async function finishFiles(run: StepRun): Promise<FinishResult> {
  const { plan, setting, work, input } = run;
  const verified = run.resultsOf<VerifyResult>("verify");
  const all = whatGoes(run);
  const signed = all.shards;
  const files = new PendingFiles();
  const from = input.files.map(({ path }) => path);
  for (const path of [setting.output, setting.removed])
    recordMade({ kind: "documents", path, from, step: "removeNearDuplicates" });
  let kept = 0;
  try {
    const output = await files.create(setting.output);
    for (let shard = 0; shard < taskCounts(plan).remove; shard++) {
      const copied = work.finished<RemoveResult>("remove", shard);
      if (copied === undefined) kept += await copyKeptLines(run, shard, all, output);
      else {
        await appendFile(run, "remove", shard, keptFileName, output);
        kept += copied.kept;
      }
    }
    await joinFiles(run, "removed.jsonl", await files.create(setting.removed));
    if (setting.pairs !== undefined) await joinFiles(run, "pairs.jsonl", await files.create(setting.pairs));
    if (setting.clusters !== undefined) {
      await joinFiles(run, "clusters.jsonl", await files.create(setting.clusters));
    }
    input.checkUnchanged();
    run.options.signal?.throwIfAborted();
    await files.commit();
    const sum = (count: (shard: SignResult) => number) =>
      signed.reduce((total, shard) => total + count(shard), 0);
    const documents = sum((shard) => shard.documents);
    const removed = verified.reduce((total, task) => total + task.removed, 0);
    if (kept + removed !== documents) {
      throw new Error(`${documents} documents, but ${kept} kept and ${removed} removed`);
    }
    return {
      documents,
      kept,
      removed,
      withoutWords: sum((shard) => shard.withoutWords),
      blankLines: sum((shard) => shard.blankLines),
      clusters: verified.map(({ clusters }) => clusters).reduce(joinCounts),
      pairs: plan.allPairs ? verified.reduce((total, task) => total + task.pairs, 0) : undefined,
      candidates: work.resultOf<GroupResult>("group", 0).candidates,
      warnings: notUtf8Warnings(run, signed),
      inputBytes: input.bytes,
      spillBytes: signed.reduce((bytes, _, shard) => bytes + work.sumOf("sign", shard, "keys.bin").bytes, 0),
      outputBytes: output.bytes,
    };
  } finally {
    await files.discard();
  }
}

async function joinFiles(run: StepRun, name: string, output: OutputFile): Promise<void> {
  for (let task = 0; task < taskCounts(run.plan).verify; task++) {
    await appendFile(run, "verify", task, name, output);
  }
}

const chunkBytes = 1 << 20;

/** @throws {DataError} the file is not as it was written */
async function appendFile(
  run: StepRun,
  step: Step,
  task: number,
  name: string,
  output: OutputFile,
): Promise<void> {
  const { work } = run;
  const expected = work.sumOf(step, task, name);
  const hash = createHash("sha256");
  let descriptor: number;
  try {
    descriptor = openSync(work.fileOf(step, task, name), "r");
  } catch {
    throw work.damage(step, task, name);
  }
  try {
    for (let position = 0; position < expected.bytes; position += chunkBytes) {
      const bytes = readBytes(descriptor, position, Math.min(chunkBytes, expected.bytes - position));
      hash.update(bytes);
      await output.write(bytes);
    }
  } finally {
    closeSync(descriptor);
  }
  if (hash.digest("hex") !== expected.sha256) throw work.damage(step, task, name);
}

function notUtf8Warnings({ input }: StepRun, signed: readonly SignResult[]): string[] {
  const first = signed.find(({ firstNotUtf8 }) => firstNotUtf8 !== undefined)?.firstNotUtf8;
  if (first === undefined) return [];
  const lines = signed.reduce((sum, { linesNotUtf8 }) => sum + linesNotUtf8, 0);
  const { path, descriptor } = input.files[first.file]!;
  const place = `${path}, line ${lineNumberAt(descriptor, first.offset)}`;
  return [
    `${lines} lines hold bytes that are not UTF-8, the first at ${place}; such bytes count as no letters, and kept lines keep them`,
  ];
}

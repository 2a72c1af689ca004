import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { canonicalJson } from "../../core/hash.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import { manifestFile } from "./manifest.ts";
import { checkFiles } from "./read-shards.ts";
import { shardNumber, type FinishedShard } from "./shard-writer.ts";
import { clearTokenShards, isShardFile } from "./write-shards.ts";

/** What is known of a finished shard while the folder is not: which documents it was made from. */
export interface ShardRecord extends FinishedShard {
  /** What fixes the shards besides the documents; equal for all. */
  readonly settings: object;
  /** Documents that were read for it, dropped ones too. */
  readonly input: { readonly documentCount: number; readonly sha256: string };
  readonly droppedBy: Readonly<Record<string, number>>;
  readonly textBytes: number;
  readonly withEndTokenInside: number;
}

export function writeRecord(folder: string, index: number, record: ShardRecord): Promise<void> {
  return writeFileAtomically(join(folder, recordFile(index)), `${JSON.stringify(record)}\n`);
}

/**
 * The shards that an interrupted writing finished; everything else of it is removed.
 *
 * A folder with a manifest is finished: it is emptied, to be written anew.
 *
 * @throws {ArgumentError} they were made with other settings
 * @throws {DataError} a file of theirs is damaged
 */
export async function resumeFinishedShards(folder: string, settings: object): Promise<ShardRecord[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  if (names.includes(manifestFile) || !names.includes(recordFile(0))) {
    await clearTokenShards(folder);
    return [];
  }
  const records: ShardRecord[] = [];
  while (names.includes(recordFile(records.length))) {
    const path = join(folder, recordFile(records.length));
    const record = JSON.parse(await readFile(path, "utf8")) as ShardRecord;
    if (canonicalJson(record.settings) !== canonicalJson(settings)) {
      const expected = "a folder without unfinished shards of other settings; empty it or choose another";
      throw new ArgumentError("output", expected, folder);
    }
    await checkFiles(folder, record.entry);
    records.push(record);
  }
  const kept = new Set(records.flatMap((record, index) => filesOf(record, index)));
  for (const name of names) if (isShardFile(name) && !kept.has(name)) await rm(join(folder, name));
  return records;
}

/** Records are of no use once the manifest is there. */
export async function removeRecords(folder: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await rm(join(folder, recordFile(index)), { force: true });
}

/** @throws {DataError} the documents are not those that the shard was made from */
export function requireSameInput(folder: string, index: number, record: ShardRecord, sha256: string): void {
  if (record.input.sha256 === sha256) return;
  const path = join(folder, recordFile(index));
  const remedy = "give the same documents to go on, or empty the folder to begin anew";
  throw new DataError(`${path}: shard ${index} was made from other documents; ${remedy}`, { path });
}

function filesOf({ entry }: ShardRecord, index: number): string[] {
  const files = [entry.tokens, entry.offsets, entry.supervised, entry.documents];
  return [recordFile(index), ...files.flatMap((file) => file?.file ?? [])];
}

function recordFile(index: number): string {
  return `finished-${shardNumber(index)}.json`;
}

import { existsSync } from "node:fs";
import { join } from "node:path";

import { checkList } from "../core/arguments.ts";
import { ArgumentError, DataError } from "../core/errors.ts";
import { open } from "../table/open.ts";
import type { Table } from "../table/table.ts";

/** A document of token shards, as the shards keep it for people. */
export interface ShardDocument {
  readonly id: string;
  readonly source: string;
  readonly licence: string | null;
  readonly tokenCount: bigint;
}

/**
 * The documents of one or more folders of token shards, as one table.
 *
 * @throws {DataError} a folder that holds no finished token shards
 */
export async function openShardDocuments(folders: readonly string[]): Promise<Table<ShardDocument>> {
  checkList("folders", "a list of folders of token shards", folders);
  if (folders.length === 0)
    throw new ArgumentError("folders", "at least one folder of token shards", folders);
  for (const path of folders) {
    if (!existsSync(join(path, "manifest.json")))
      throw new DataError(`${path} holds no finished token shards: its manifest.json is missing`, { path });
  }
  return open<ShardDocument>(folders.map((folder) => join(folder, "documents-*.parquet")));
}

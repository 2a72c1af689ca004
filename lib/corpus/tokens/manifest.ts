import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { DataError } from "../../core/errors.ts";
import type { Sensitivity } from "../../table/sensitivity.ts";
import type { LicenceCount } from "./licence-counts.ts";
import type { TokenizerIdentity } from "./tokenizer.ts";

/** One file of a shard, beside the manifest. */
export interface ShardFile {
  readonly file: string;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface ShardEntry {
  readonly tokens: ShardFile;
  readonly offsets: ShardFile;
  readonly supervised?: ShardFile;
  readonly documents: ShardFile;
  readonly documentCount: number;
  readonly tokenCount: number;
}

/** What one source gave to a folder of token shards. */
export interface SourceCount {
  /** The file or archive; `(other sources)` past a thousand. */
  readonly source: string;
  readonly documentCount: number;
  readonly tokenCount: number;
}

/** What `manifest.json` of a folder of token shards holds; `trainer/schemas/token-shards.schema.json` says it in full. */
export interface TokenShardsManifest {
  readonly format: "rounds-token-shards";
  readonly version: 1;
  readonly domain: string;
  readonly dataType: "uint16" | "uint32";
  readonly tokenizer: TokenizerIdentity;
  readonly beginToken: boolean;
  readonly sensitivity: Sensitivity;
  readonly supervised: boolean;
  readonly documentCount: number;
  readonly tokenCount: number;
  readonly sources: readonly SourceCount[];
  /** By falling number of tokens; absent of shards of an earlier version. */
  readonly licences?: readonly LicenceCount[];
  readonly shards: readonly ShardEntry[];
}

export const manifestFile = "manifest.json";

const schemaUrl = new URL("../../../trainer/schemas/token-shards.schema.json", import.meta.url);

let compiled: ValidateFunction | undefined;

function validator(): ValidateFunction {
  compiled ??= new Ajv2020().compile(JSON.parse(readFileSync(schemaUrl, "utf8")) as object);
  return compiled;
}

/** The manifest's bytes: two manifests with the same content have the same. */
export function manifestText(manifest: TokenShardsManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/**
 * Read and check a folder's manifest; its files are not looked at.
 *
 * @throws {DataError} no manifest (the folder was not finished), or one that its schema refuses or whose counts
 *   do not add up
 */
export async function readManifest(folder: string): Promise<TokenShardsManifest> {
  const path = join(folder, manifestFile);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const reason = missing ? "no such file: writing these token shards was not finished" : "not JSON";
    throw new DataError(`${path}: ${reason}`, { path }, { cause });
  }
  const validate = validator();
  if (!validate(value)) {
    const [first] = validate.errors!;
    const place = first!.instancePath === "" ? "the manifest" : first!.instancePath;
    const detail = Object.values(first!.params as object).join(", ");
    throw new DataError(`${path}: ${place} ${first!.message} (${detail})`, { path });
  }
  const manifest = value as TokenShardsManifest;
  const wrong = inconsistency(manifest);
  if (wrong !== undefined) throw new DataError(`${path}: ${wrong}`, { path });
  return manifest;
}

function inconsistency(manifest: TokenShardsManifest): string | undefined {
  const { shards, sources, licences, tokenizer, dataType } = manifest;
  for (const field of ["documentCount", "tokenCount"] as const) {
    for (const [name, parts] of Object.entries({ shards, sources, ...(licences && { licences }) })) {
      const sum = parts.reduce((total, part) => total + part[field], 0);
      if (sum !== manifest[field]) return `${field} is ${manifest[field]}, its ${name} add up to ${sum}`;
    }
  }
  if (dataType === "uint16" && tokenizer.vocabularySize > 2 ** 16) {
    return `uint16 does not hold a vocabulary of ${tokenizer.vocabularySize}`;
  }
  for (const id of [tokenizer.beginTokenId, tokenizer.endTokenId]) {
    if (id !== null && id >= tokenizer.vocabularySize) return `token ${id} is outside the vocabulary`;
  }
  if (manifest.beginToken && tokenizer.beginTokenId === null) {
    return "beginToken is true, the tokenizer has no begin token";
  }
  for (const [index, shard] of shards.entries()) {
    const { documentCount, tokenCount } = shard;
    if ((shard.supervised !== undefined) !== manifest.supervised) {
      return `shard ${index}: a file of supervised tokens must ${manifest.supervised ? "" : "not "}be there`;
    }
    const expected = { tokens: tokenCount * bytesPerToken(dataType), offsets: (documentCount + 1) * 8 };
    for (const [name, bytes] of Object.entries({ ...expected, supervised: tokenCount })) {
      const file = shard[name as "tokens" | "offsets" | "supervised"];
      if (file !== undefined && file.bytes !== bytes) {
        return `shard ${index}: ${file.file} has ${file.bytes} bytes, ${documentCount} documents with ${tokenCount} tokens need ${bytes}`;
      }
    }
  }
  return undefined;
}

export function bytesPerToken(dataType: TokenShardsManifest["dataType"]): 2 | 4 {
  return dataType === "uint16" ? 2 : 4;
}

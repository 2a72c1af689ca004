import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError } from "../../core/errors.ts";
import { recordMade } from "../../core/lineage.ts";
import { makeFolder } from "../../core/make-folder.ts";
import { booleanOption, checkOptions, integerOption, objectOption, textOption } from "../../core/options.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import { filesOfSources } from "../document.ts";
import { strictest } from "../../table/sensitivity.ts";
import { joinLicenceCounts } from "./licence-counts.ts";
import { manifestFile, manifestText, type TokenShardsManifest } from "./manifest.ts";
import {
  dataTypeFor,
  ShardWriter,
  type FinishedShard,
  type ShardSettings,
  type TokenSample,
} from "./shard-writer.ts";
import { countSources } from "./source-counts.ts";
import type { TokenizerIdentity } from "./tokenizer.ts";

export interface WriteTokenShardsOptions {
  /** What the documents are to the mixture: "clinical", "general". */
  readonly domain: string;
  readonly tokenizer: TokenizerIdentity;
  /** Whether each document begins with the tokenizer's begin token. @default false */
  readonly beginToken?: boolean;
  /** Whether the samples say which of their tokens are targets of the loss. @default false */
  readonly supervised?: boolean;
  /** A shard ends after the document that brings it to this many tokens. @default 1e8 */
  readonly tokensPerShard?: number;
  /** Stops the writing with the signal's reason; the folder then has no manifest. */
  readonly signal?: AbortSignal;
}

export const shardOptionRules = {
  domain: textOption(undefined),
  tokenizer: objectOption<TokenizerIdentity>("a tokenizer", isTokenizerIdentity),
  beginToken: booleanOption(false),
  tokensPerShard: integerOption(1e8, { minimum: 1, maximum: 2 ** 40 }),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

const optionRules = { ...shardOptionRules, supervised: booleanOption(false) };

/**
 * Write tokenized documents as a folder of shards that training reads; `manifest.json` comes last.
 *
 * Documents stay whole and in order. Memory holds a row for each document of one shard. Token shards that the
 * folder holds already are replaced.
 *
 * @throws {ArgumentError} a wrong option, or a sample that does not fit the tokenizer (its id is named)
 *
 * @example
 * await writeTokenShards("tokens/dialogues", samples, { domain: "dialogue", tokenizer, supervised: true })
 */
export async function writeTokenShards(
  folder: string,
  samples: AsyncIterable<TokenSample> | Iterable<TokenSample>,
  options: WriteTokenShardsOptions,
): Promise<TokenShardsManifest> {
  const checked = checkOptions(options, optionRules);
  const settings = { ...requireSettings(checked), supervised: checked.supervised };
  const { tokensPerShard, signal } = checked;
  await clearTokenShards(folder);
  const shards: FinishedShard[] = [];
  let writer: ShardWriter | undefined;
  try {
    for await (const sample of samples) {
      signal?.throwIfAborted();
      writer ??= await ShardWriter.begin(folder, shards.length, settings);
      await writer.add(sample);
      if (writer.tokenCount < tokensPerShard) continue;
      shards.push(await writer.commit());
      writer = undefined;
    }
    if (writer !== undefined) shards.push(await writer.commit());
  } catch (error) {
    await writer?.discard();
    throw error;
  }
  return writeManifest(folder, settings, shards);
}

/** The settings among the options; `domain` and `tokenizer` have no default. */
export function requireSettings(options: {
  readonly domain: string | undefined;
  readonly tokenizer: TokenizerIdentity | undefined;
  readonly beginToken: boolean;
}): Omit<ShardSettings, "supervised"> {
  const { domain, tokenizer, beginToken } = options;
  if (domain === undefined) throw new ArgumentError("domain", 'a name, as in "clinical"', domain);
  if (tokenizer === undefined) throw new ArgumentError("tokenizer", "a tokenizer", tokenizer);
  if (beginToken && tokenizer.beginTokenId === null) {
    throw new ArgumentError("beginToken", `false: ${tokenizer.name} has no begin token`, beginToken);
  }
  const { name, fingerprint, vocabularySize, beginTokenId, endTokenId } = tokenizer;
  return {
    domain,
    tokenizer: { name, fingerprint, vocabularySize, beginTokenId, endTokenId },
    beginToken,
  };
}

/** Remove what an earlier writing left, the manifest first, so that what stays is never taken for whole. */
export async function clearTokenShards(folder: string): Promise<void> {
  makeFolder(folder);
  await rm(join(folder, manifestFile), { force: true });
  for (const name of await readdir(folder)) if (isShardFile(name)) await rm(join(folder, name));
}

const shardFilePattern =
  /^(?:(?:tokens|offsets|supervised)-\d{5,}\.bin|documents-\d{5,}\.parquet|finished-\d{5,}\.json|manifest\.json)(?:\.\d+-[0-9a-f]{8}\.tmp)?$/u;

export function isShardFile(name: string): boolean {
  return shardFilePattern.test(name);
}

export async function writeManifest(
  folder: string,
  settings: ShardSettings,
  shards: readonly FinishedShard[],
): Promise<TokenShardsManifest> {
  const { domain, tokenizer, beginToken, supervised } = settings;
  const entries = shards.map(({ entry }) => entry);
  const sum = (field: "documentCount" | "tokenCount") =>
    entries.reduce((total, entry) => total + entry[field], 0);
  const manifest: TokenShardsManifest = {
    format: "rounds-token-shards",
    version: 1,
    domain,
    dataType: dataTypeFor(tokenizer.vocabularySize),
    tokenizer,
    beginToken,
    sensitivity: strictest(shards.map(({ sensitivity }) => sensitivity)),
    supervised,
    documentCount: sum("documentCount"),
    tokenCount: sum("tokenCount"),
    sources: countSources(shards.flatMap(({ sources }) => sources)),
    licences: joinLicenceCounts(shards.flatMap(({ licences }) => licences)),
    shards: entries,
  };
  const from = filesOfSources(manifest.sources.map(({ source }) => source));
  recordMade({
    kind: "shards",
    path: folder,
    from,
    sensitivity: manifest.sensitivity,
    step: "writeTokenShards",
  });
  await writeFileAtomically(join(folder, manifestFile), manifestText(manifest));
  return manifest;
}

function isTokenizerIdentity(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { name, fingerprint, vocabularySize, beginTokenId, endTokenId } = value as Record<string, unknown>;
  const isSize = Number.isSafeInteger(vocabularySize) && (vocabularySize as number) <= 2 ** 32;
  const isId = (id: unknown) =>
    Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < (vocabularySize as number);
  return (
    typeof name === "string" &&
    name !== "" &&
    typeof fingerprint === "string" &&
    /^sha256:[0-9a-f]{64}$/u.test(fingerprint) &&
    isSize &&
    (beginTokenId === null || isId(beginTokenId)) &&
    isId(endTokenId)
  );
}

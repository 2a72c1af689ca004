import { createHash, type Hash } from "node:crypto";
import { availableParallelism } from "node:os";
import { ArgumentError } from "../../core/errors.ts";
import { makeFolder } from "../../core/make-folder.ts";
import { callbackOption, checkOptions, integerOption, objectOption, textOption } from "../../core/options.ts";
import type { Document } from "../document.ts";
import { encodeInOrder } from "./encode-in-order.ts";
import {
  removeRecords,
  requireSameInput,
  resumeFinishedShards,
  writeRecord,
  type ShardRecord,
} from "./finished-shards.ts";
import type { TokenShardsManifest } from "./manifest.ts";
import { ShardWriter, type ShardSettings } from "./shard-writer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { requireSettings, shardOptionRules, writeManifest } from "./write-shards.ts";

export interface TokenizeDocumentsOptions {
  /** Folder of the shards. */
  readonly output: string;
  /** What the documents are to the mixture: "clinical", "general". */
  readonly domain: string;
  readonly tokenizer: Tokenizer;
  /** Whether each document begins with the tokenizer's begin token. @default false */
  readonly beginToken?: boolean;
  /** A shard ends after the document that brings it to this many tokens. @default 1e8 */
  readonly tokensPerShard?: number;
  /** Threads that encode. @default the processors of the machine, at most 16 */
  readonly workers?: number;
  /** Stops with the signal's reason; the same call goes on after the last finished shard. */
  readonly signal?: AbortSignal;
  /** Called after each document. */
  readonly onProgress?: (progress: TokenizeProgress) => void;
}

/** What has been tokenized so far. */
export interface TokenizeProgress {
  /** Documents read, those of earlier calls' shards too. */
  readonly documents: number;
  readonly tokens: number;
  readonly shards: number;
}

/** `in = kept + dropped`; the manifest counts the kept ones and their tokens by source. */
export interface TokenizeReport {
  readonly in: number;
  readonly kept: number;
  readonly dropped: number;
  /** A document without text is "empty". */
  readonly droppedBy: Readonly<Record<string, number>>;
  /** UTF-8 bytes of the kept documents' text. */
  readonly textBytes: number;
  /** Documents whose own text gave an end token: a `tokenizer.json` finds `</s>` in a text, a `.model` file does not. */
  readonly withEndTokenInside: number;
  /** Shards that an earlier call had finished. */
  readonly resumedShards: number;
  readonly manifest: TokenShardsManifest;
}

const optionRules = {
  ...shardOptionRules,
  output: textOption(undefined),
  workers: integerOption(Math.min(16, availableParallelism()), { minimum: 1, maximum: 256 }),
  tokenizer: objectOption<Tokenizer>("a tokenizer, as loadTokenizer(…) gives", isTokenizer),
  onProgress: callbackOption<(progress: TokenizeProgress) => void>(),
};

/**
 * Tokenize documents into a folder of shards that training reads, each document followed by the end token.
 *
 * Stopped at any point, the same call with the same documents goes on after the last finished shard and gives the
 * same bytes; a folder that is finished is written anew. Memory holds one document and a row for each document of
 * one shard. One restricted document makes the shards restricted.
 *
 * @throws {ArgumentError} a wrong option, or unfinished shards of other settings in the folder
 * @throws {DataError} the documents are not those that the finished shards were made from, or a shard is damaged
 *
 * @example
 * const tokenizer = await loadTokenizer("tokenizers/tokenizer.model.v1");
 * const clinical = readDocumentLines("clinical.jsonl");
 * const report = await tokenizeDocuments(clinical, { output: "tokens/clinical", domain: "clinical", tokenizer });
 * report.manifest.sources
 */
export async function tokenizeDocuments(
  documents: AsyncIterable<Document> | Iterable<Document>,
  options: TokenizeDocumentsOptions,
): Promise<TokenizeReport> {
  const { output, tokensPerShard, workers, signal, onProgress, ...rest } = checkOptions(options, optionRules);
  if (output === undefined) throw new ArgumentError("output", "the path of a folder", output);
  const settings = { ...requireSettings(rest), supervised: false };
  const run = new TokenizeRun(output, settings, tokensPerShard);
  await run.begin();
  try {
    const encoding = { skip: run.resumedDocuments, threads: workers, signal };
    for await (const { document, tokens } of encodeInOrder(documents, rest.tokenizer!, encoding)) {
      signal?.throwIfAborted();
      await run.add(document, tokens);
      onProgress?.(run.progress);
    }
    return await run.finish();
  } finally {
    await run.discard();
  }
}

/** The shard that is being read or written. */
interface OpenShard {
  readonly writer: ShardWriter | undefined;
  readonly hash: Hash;
  documentCount: number;
  empty: number;
  textBytes: number;
  withEndTokenInside: number;
}

class TokenizeRun {
  readonly #folder: string;
  readonly #settings: ShardSettings;
  readonly #tokensPerShard: number;
  /** Finished by an earlier call; their documents are read again, to see that they are the same. */
  #resumed: readonly ShardRecord[] = [];
  readonly #records: ShardRecord[] = [];
  #shard: OpenShard | undefined;
  #documents = 0;
  #tokens = 0;

  constructor(folder: string, settings: ShardSettings, tokensPerShard: number) {
    this.#folder = folder;
    this.#settings = settings;
    this.#tokensPerShard = tokensPerShard;
  }

  get progress(): TokenizeProgress {
    const tokens = this.#tokens + (this.#shard?.writer?.tokenCount ?? 0);
    return { documents: this.#documents, tokens, shards: this.#records.length };
  }

  /** Documents of shards that an earlier call finished; their tokens are not needed. */
  get resumedDocuments(): number {
    return this.#resumed.reduce((sum, { input }) => sum + input.documentCount, 0);
  }

  async begin(): Promise<void> {
    makeFolder(this.#folder);
    this.#resumed = await resumeFinishedShards(this.#folder, this.#fixed());
  }

  async add(document: Document, tokens: Uint32Array | undefined): Promise<void> {
    const earlier = this.#resumed[this.#records.length];
    const shard = (this.#shard ??= await this.#openShard(earlier === undefined));
    this.#documents++;
    shard.documentCount++;
    const { id, source, licence, sensitivity, text } = document;
    shard.hash.update(`${JSON.stringify([id, source, licence, sensitivity])}\n${text}\n`);
    if (earlier !== undefined) {
      if (shard.documentCount === earlier.input.documentCount) this.#take(shard, earlier);
      return;
    }
    if (tokens === undefined || tokens.length === 0) {
      shard.empty++;
      return;
    }
    shard.textBytes += Buffer.byteLength(text);
    if (tokens.includes(this.#settings.tokenizer.endTokenId)) shard.withEndTokenInside++;
    await shard.writer!.add({ id, source, licence, sensitivity, tokens });
    if (shard.writer!.tokenCount >= this.#tokensPerShard) await this.#commit(shard);
  }

  async finish(): Promise<TokenizeReport> {
    const unread = this.#resumed[this.#records.length];
    if (unread !== undefined) requireSameInput(this.#folder, this.#records.length, unread, "fewer documents");
    const last = this.#shard;
    let empty = 0;
    if (last !== undefined && last.writer!.tokenCount > 0) await this.#commit(last);
    else empty = last?.empty ?? 0;
    const records = this.#records;
    const manifest = await writeManifest(this.#folder, this.#settings, records);
    await removeRecords(this.#folder, records.length);
    for (const { droppedBy } of records) empty += droppedBy["empty"] ?? 0;
    return {
      in: this.#documents,
      kept: manifest.documentCount,
      dropped: empty,
      droppedBy: { empty },
      textBytes: records.reduce((sum, { textBytes }) => sum + textBytes, 0),
      withEndTokenInside: records.reduce((sum, record) => sum + record.withEndTokenInside, 0),
      resumedShards: this.#resumed.length,
      manifest,
    };
  }

  async discard(): Promise<void> {
    await this.#shard?.writer?.discard();
  }

  async #openShard(isNew: boolean): Promise<OpenShard> {
    const index = this.#records.length;
    const writer = isNew ? await ShardWriter.begin(this.#folder, index, this.#settings) : undefined;
    return {
      writer,
      hash: createHash("sha256"),
      documentCount: 0,
      empty: 0,
      textBytes: 0,
      withEndTokenInside: 0,
    };
  }

  #take(shard: OpenShard, earlier: ShardRecord): void {
    requireSameInput(this.#folder, this.#records.length, earlier, shard.hash.digest("hex"));
    this.#add(earlier);
  }

  async #commit(shard: OpenShard): Promise<void> {
    const finished = await shard.writer!.commit();
    const record: ShardRecord = {
      ...finished,
      settings: this.#fixed(),
      input: { documentCount: shard.documentCount, sha256: shard.hash.digest("hex") },
      droppedBy: { empty: shard.empty },
      textBytes: shard.textBytes,
      withEndTokenInside: shard.withEndTokenInside,
    };
    await writeRecord(this.#folder, this.#records.length, record);
    this.#add(record);
  }

  #add(record: ShardRecord): void {
    this.#records.push(record);
    this.#tokens += record.entry.tokenCount;
    this.#shard = undefined;
  }

  #fixed(): object {
    return { ...this.#settings, tokensPerShard: this.#tokensPerShard };
  }
}

function isTokenizer(value: unknown): boolean {
  return (
    shardOptionRules.tokenizer.accepts(value) && typeof Reflect.get(value as object, "encode") === "function"
  );
}

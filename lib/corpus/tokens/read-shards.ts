import { open, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { checkText } from "../../core/arguments.ts";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { sha256OfFile } from "../../core/hash.ts";
import { bytesPerToken, readManifest, type ShardEntry, type TokenShardsManifest } from "./manifest.ts";

/** The tokens of one document, with its begin and end token. */
export interface TokenDocument {
  readonly shard: number;
  /** Place in its shard. */
  readonly index: number;
  readonly tokens: Uint16Array | Uint32Array;
  /** 1 where the token is a target of the loss; undefined where all are. */
  readonly supervised: Uint8Array | undefined;
}

/**
 * Open a folder that `tokenizeDocuments` or `writeTokenShards` wrote.
 *
 * @throws {DataError} the folder was not finished, or its manifest is not what its schema says
 *
 * @example
 * const shards = await openTokenShards("tokens/clinical");
 * shards.manifest.tokenCount
 */
export async function openTokenShards(folder: string): Promise<TokenShards> {
  checkText("folder", "the folder of token shards", folder);
  return new TokenShards(folder, await readManifest(folder));
}

/** A folder of token shards. */
export class TokenShards {
  readonly folder: string;
  readonly manifest: TokenShardsManifest;

  constructor(folder: string, manifest: TokenShardsManifest) {
    this.folder = folder;
    this.manifest = manifest;
  }

  /**
   * Where each document of a shard begins, in tokens; the last is the shard's token count.
   *
   * @throws {DataError} the file is not what the manifest says
   */
  async offsets(shard: number): Promise<Float64Array> {
    const { offsets, documentCount, tokenCount } = this.#entry(shard);
    const path = join(this.folder, offsets.file);
    const bytes = await readRange(path, 0, offsets.bytes);
    const values = Float64Array.from({ length: documentCount + 1 }, (_, index) =>
      Number(bytes.readBigUInt64LE(index * 8)),
    );
    const wrong = values.findIndex((value, index) => index > 0 && !(value > values[index - 1]!));
    if (values[0] !== 0 || wrong >= 0 || values.at(-1) !== tokenCount) {
      throw new DataError(`${path}: offsets must rise from 0 to ${tokenCount}`, { path });
    }
    return values;
  }

  /** Tokens `[start, end)` of a shard. */
  async tokens(shard: number, start: number, end: number): Promise<Uint16Array | Uint32Array> {
    const { tokens, tokenCount } = this.#entry(shard);
    if (!(start >= 0 && start <= end && end <= tokenCount)) {
      throw new ArgumentError("end", `between start, ${start}, and the shard's ${tokenCount} tokens`, end);
    }
    const size = bytesPerToken(this.manifest.dataType);
    const bytes = await readRange(join(this.folder, tokens.file), start * size, (end - start) * size);
    const values = size === 2 ? new Uint16Array(end - start) : new Uint32Array(end - start);
    for (let index = 0; index < values.length; index++) {
      values[index] = size === 2 ? bytes.readUInt16LE(index * 2) : bytes.readUInt32LE(index * 4);
    }
    return values;
  }

  /** Every document in order; memory holds one, and the offsets of one shard. */
  async *documents(): AsyncGenerator<TokenDocument, void, void> {
    for (const [shard, entry] of this.manifest.shards.entries()) {
      const offsets = await this.offsets(shard);
      for (let index = 0; index < entry.documentCount; index++) {
        const [start, end] = [offsets[index]!, offsets[index + 1]!];
        const supervised =
          entry.supervised && (await readRange(join(this.folder, entry.supervised.file), start, end - start));
        yield {
          shard,
          index,
          tokens: await this.tokens(shard, start, end),
          supervised: supervised && new Uint8Array(supervised),
        };
      }
    }
  }

  /**
   * Check every file against the manifest: SHA-256, ids within the vocabulary, an end token after each document.
   *
   * @throws {DataError} the first file that differs, and how
   */
  async check({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { tokenizer, beginToken } = this.manifest;
    for (const entry of this.manifest.shards) await checkFiles(this.folder, entry, signal);
    for await (const { shard, index, tokens, supervised } of this.documents()) {
      signal?.throwIfAborted();
      const path = join(this.folder, this.manifest.shards[shard]!.tokens.file);
      const fail = (reason: string) => new DataError(`${path}: document ${index}: ${reason}`, { path });
      const outside = tokens.find((id) => id >= tokenizer.vocabularySize);
      if (outside !== undefined) throw fail(`token ${outside} is outside the vocabulary`);
      if (tokens.at(-1) !== tokenizer.endTokenId) throw fail("no end token at its end");
      if (beginToken && tokens[0] !== tokenizer.beginTokenId) throw fail("no begin token");
      if (supervised?.some((flag) => flag > 1)) throw fail("supervised must hold 0 and 1 alone");
    }
  }

  #entry(shard: number): ShardEntry {
    const entry = this.manifest.shards[shard];
    if (entry === undefined) {
      throw new ArgumentError("shard", `a whole number below ${this.manifest.shards.length}`, shard);
    }
    return entry;
  }
}

/** @throws {DataError} a file of the shard is missing, or its bytes are not those that were written */
export async function checkFiles(folder: string, entry: ShardEntry, signal?: AbortSignal): Promise<void> {
  for (const file of [entry.tokens, entry.offsets, entry.documents, entry.supervised]) {
    if (file === undefined) continue;
    const path = join(folder, file.file);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) throw new DataError(`${path}: no such file`, { path });
    const differs = (what: string, received: string | number, expected: string | number) =>
      new DataError(`${path}: ${what} is ${received}, the manifest says ${expected}`, { path });
    if (found.size !== file.bytes) throw differs("size in bytes", found.size, file.bytes);
    const hash = await sha256OfFile(path, signal === undefined ? {} : { signal });
    if (hash !== file.sha256) throw differs("SHA-256", hash, file.sha256);
  }
}

async function readRange(path: string, start: number, length: number): Promise<Buffer> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const bytes = Buffer.alloc(length);
    for (let filled = 0; filled < length;) {
      const { bytesRead } = await file.read(bytes, filled, length - filled, start + filled);
      if (bytesRead === 0) throw new DataError(`${path}: ends before byte ${start + length}`, { path });
      filled += bytesRead;
    }
    return bytes;
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`${path}: ${(cause as Error).message}`, { path }, { cause });
  } finally {
    await file?.close();
  }
}

import { join } from "node:path";
import { ArgumentError } from "../../core/errors.ts";
import { sha256OfFile } from "../../core/hash.ts";
import { fromRows } from "../../table/from-rows.ts";
import { strictest, type Sensitivity } from "../../table/sensitivity.ts";
import { countLicences, type LicenceCount } from "./licence-counts.ts";
import type { ShardEntry, ShardFile, SourceCount, TokenShardsManifest } from "./manifest.ts";
import { PendingShardFile } from "./shard-file.ts";
import { countSources } from "./source-counts.ts";
import type { TokenizerIdentity } from "./tokenizer.ts";

/** One document as tokens. */
export interface TokenSample {
  readonly id: string;
  readonly source: string;
  readonly licence: string | null;
  readonly sensitivity: Sensitivity;
  /** At least one, without the begin and the end token that the writer puts around them. */
  readonly tokens: ArrayLike<number>;
  /** For instruct data: 1 for each token that is a target of the loss, else 0; one more, for the end token. */
  readonly supervised?: ArrayLike<number>;
}

/** What all shards of a folder share. */
export interface ShardSettings {
  readonly domain: string;
  readonly tokenizer: TokenizerIdentity;
  readonly beginToken: boolean;
  readonly supervised: boolean;
}

/** A shard whose files are all in their places. */
export interface FinishedShard {
  readonly entry: ShardEntry;
  readonly sources: readonly SourceCount[];
  readonly licences: readonly LicenceCount[];
  readonly sensitivity: Sensitivity;
}

/** The narrowest type that holds every id of a vocabulary. */
export function dataTypeFor(vocabularySize: number): TokenShardsManifest["dataType"] {
  return vocabularySize <= 2 ** 16 ? "uint16" : "uint32";
}

/** Writes one shard; memory holds a row for each document, not its tokens. */
export class ShardWriter {
  readonly #folder: string;
  readonly #number: string;
  readonly #settings: ShardSettings;
  readonly #tokens: PendingShardFile;
  readonly #supervised: PendingShardFile | undefined;
  readonly #documents: (Omit<TokenSample, "tokens" | "supervised"> & { readonly tokenCount: number })[] = [];
  readonly #begin: readonly number[];
  #sensitivity: Sensitivity = "public";
  #tokenCount = 0;

  private constructor(
    folder: string,
    number: string,
    settings: ShardSettings,
    files: { tokens: PendingShardFile; supervised: PendingShardFile | undefined },
  ) {
    this.#folder = folder;
    this.#number = number;
    this.#settings = settings;
    this.#tokens = files.tokens;
    this.#supervised = files.supervised;
    this.#begin = settings.beginToken ? [settings.tokenizer.beginTokenId!] : [];
  }

  static async begin(folder: string, index: number, settings: ShardSettings): Promise<ShardWriter> {
    const number = shardNumber(index);
    const tokens = await PendingShardFile.create(folder, `tokens-${number}.bin`);
    const supervised = settings.supervised
      ? await PendingShardFile.create(folder, `supervised-${number}.bin`)
      : undefined;
    return new ShardWriter(folder, number, settings, { tokens, supervised });
  }

  get tokenCount(): number {
    return this.#tokenCount;
  }

  /** @throws {ArgumentError} no tokens, an id outside the vocabulary, or flags that do not fit the tokens */
  async add(sample: TokenSample): Promise<void> {
    const { tokenizer, supervised } = this.#settings;
    const { tokens } = sample;
    const place = `sample ${JSON.stringify(sample.id)}`;
    if (tokens.length === 0) throw new ArgumentError(`${place}.tokens`, "at least one token", tokens);
    const count = this.#begin.length + tokens.length + 1;
    const ids =
      dataTypeFor(tokenizer.vocabularySize) === "uint16" ? new Uint16Array(count) : new Uint32Array(count);
    for (let index = 0; index < tokens.length; index++) {
      const id = tokens[index]!;
      if (!(Number.isInteger(id) && id >= 0 && id < tokenizer.vocabularySize)) {
        throw new ArgumentError(`${place}.tokens[${index}]`, `an id below ${tokenizer.vocabularySize}`, id);
      }
    }
    ids.set(this.#begin);
    ids.set(tokens, this.#begin.length);
    ids[count - 1] = tokenizer.endTokenId;
    const flags = supervised ? this.#flags(sample, place) : undefined;
    await this.#tokens.write(littleEndian(ids));
    if (flags !== undefined) await this.#supervised!.write(flags);
    const { id, source, licence, sensitivity } = sample;
    this.#documents.push({ id, source, licence, sensitivity, tokenCount: count });
    this.#sensitivity = strictest([this.#sensitivity, sensitivity]);
    this.#tokenCount += count;
  }

  async commit(): Promise<FinishedShard> {
    const documents = await this.#writeDocuments();
    const offsets = await this.#writeOffsets();
    const supervised = await this.#supervised?.commit();
    const entry: ShardEntry = {
      tokens: await this.#tokens.commit(),
      offsets,
      ...(supervised === undefined ? {} : { supervised }),
      documents,
      documentCount: this.#documents.length,
      tokenCount: this.#tokenCount,
    };
    return {
      entry,
      sources: countSources(this.#documents),
      licences: countLicences(this.#documents),
      sensitivity: this.#sensitivity,
    };
  }

  async discard(): Promise<void> {
    await this.#tokens.discard();
    await this.#supervised?.discard();
  }

  #flags({ tokens, supervised }: TokenSample, place: string): Uint8Array {
    const expected = `${tokens.length + 1} values of 0 or 1, for the tokens and the end token`;
    if (supervised?.length !== tokens.length + 1) {
      throw new ArgumentError(`${place}.supervised`, expected, supervised?.length);
    }
    const flags = new Uint8Array(this.#begin.length + supervised.length);
    for (let index = 0; index < supervised.length; index++) {
      const flag = supervised[index];
      if (flag !== 0 && flag !== 1) {
        throw new ArgumentError(`${place}.supervised[${index}]`, "0 or 1", flag);
      }
      flags[this.#begin.length + index] = flag;
    }
    return flags;
  }

  async #writeOffsets(): Promise<ShardFile> {
    const offsets = new BigUint64Array(this.#documents.length + 1);
    let offset = 0n;
    for (const [index, { tokenCount }] of this.#documents.entries()) {
      offset += BigInt(tokenCount);
      offsets[index + 1] = offset;
    }
    const file = await PendingShardFile.create(this.#folder, `offsets-${this.#number}.bin`);
    try {
      await file.write(littleEndian(offsets));
      return await file.commit();
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  async #writeDocuments(): Promise<ShardFile> {
    const file = `documents-${this.#number}.parquet`;
    const path = join(this.#folder, file);
    const rows = this.#documents.map(({ id, source, licence, tokenCount }) => ({
      id,
      source,
      licence,
      tokenCount,
    }));
    const table = fromRows(rows, { sensitivity: this.#sensitivity });
    const { bytes } = await table.writeParquet(path);
    return { file, sha256: await sha256OfFile(path), bytes };
  }
}

export function shardNumber(index: number): string {
  return String(index).padStart(5, "0");
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function littleEndian(values: Uint16Array | Uint32Array | BigUint64Array): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  if (isLittleEndian) return bytes;
  if (values.BYTES_PER_ELEMENT === 2) return bytes.swap16();
  return values.BYTES_PER_ELEMENT === 4 ? bytes.swap32() : bytes.swap64();
}

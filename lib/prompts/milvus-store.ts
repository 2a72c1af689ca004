import { createHash } from "node:crypto";

import { checkRecord } from "../core/arguments.ts";
import { ArgumentError, ModelError } from "../core/errors.ts";
import { checkOptions, choiceOption, textOption } from "../core/options.ts";
import type { Sensitivity } from "../table/sensitivity.ts";
import { VectorIndex, type Neighbour } from "./vector-index.ts";
import { inMemory, type VectorOptions, type VectorSearch, type VectorStore } from "./vector-store.ts";

/** What is used of the `MilvusClient` of `@zilliz/milvus2-sdk-node`, which the user installs, connects and closes. */
export interface MilvusClient {
  hasCollection(request: { collection_name: string }): Promise<MilvusReply & { value: unknown }>;
  createCollection(request: object): Promise<MilvusReply>;
  describeIndex(request: object): Promise<{ readonly index_descriptions?: readonly unknown[] }>;
  createIndex(request: object): Promise<MilvusReply>;
  loadCollectionSync(request: { collection_name: string }): Promise<MilvusReply>;
  upsert(request: object): Promise<MilvusReply>;
  query(request: object): Promise<MilvusReply & { data: Record<string, unknown>[] }>;
  search(request: object): Promise<MilvusReply & { results: readonly unknown[] }>;
}

interface MilvusStatus {
  readonly code?: number;
  readonly error_code?: string | number;
  readonly reason?: string;
}

type MilvusReply = MilvusStatus | { readonly status: MilvusStatus };

export interface MilvusStoreOptions {
  /** Begins the names of its collections. @default "rounds" */
  readonly prefix?: string;
  /** What may be sent there: restricted vectors tell of the texts that they are of. @default "public" */
  readonly sensitivity?: Sensitivity;
}

const rules = {
  prefix: textOption("rounds"),
  sensitivity: choiceOption<Sensitivity>("public", ["public", "restricted"]),
};

/** Of one request, as Milvus has it. */
const mostNeighbours = 16_384;
const numbersPerRequest = 500_000;
/** More than 32-bit arithmetic is off by, of similarities. */
const tolerance = 1e-4;

/**
 * A Milvus database as the place where vectors are kept and searched.
 *
 * Each set of rows has a collection of its own, named by what it holds, so that a later session finds it there and an
 * interrupted one is finished. Milvus compares with every row (its FLAT index) in 32-bit arithmetic; its nearest are
 * compared again in 64-bit, and it is asked for more while one that is left out could be among them. So the neighbours
 * are those of a search in memory, ties included.
 *
 * @param client `new MilvusClient({ address })` of `@zilliz/milvus2-sdk-node`, which is not installed with Rounds
 * @throws {ModelError} when it is used: Milvus refuses, or holds other rows under the name
 * @throws {ArgumentError} when it is used: restricted vectors without `sensitivity: "restricted"`
 *
 * @example
 * const store = milvusStore(new MilvusClient({ address: "localhost:19530" }));
 * const strategy = nearestExamples(chains, { store });
 */
export function milvusStore(client: MilvusClient, options: MilvusStoreOptions = {}): VectorStore {
  checkRecord("client", "a client of Milvus", client);
  const { prefix, sensitivity } = checkOptions(options, rules);
  const check = (given: VectorOptions): void => {
    if (given.sensitivity !== "restricted" || sensitivity === "restricted") return;
    const expected = '"restricted" for a Milvus that may hold vectors of restricted texts';
    throw new ArgumentError("sensitivity", expected, sensitivity);
  };
  return {
    async index(rows, given = {}) {
      check(given);
      if (rows.length === 0) return inMemory.index(rows);
      const collection = new MilvusCollection(client, `${prefix}_${fingerprintOf(rows)}`, rows.length);
      await collection.fill(rows, given.signal);
      return {
        nearest: async (queries, count, asked = {}) => {
          check(asked);
          return collection.nearest(queries, count, asked.signal);
        },
      } satisfies VectorSearch;
    },
  };
}

class MilvusCollection {
  readonly #client: MilvusClient;
  readonly #name: string;
  readonly #size: number;

  constructor(client: MilvusClient, name: string, size: number) {
    this.#client = client;
    this.#name = name;
    this.#size = size;
  }

  /** Rows are named by their places, so that writing one again, here or in another session, changes nothing. */
  async fill(rows: readonly Float32Array[], signal: AbortSignal | undefined): Promise<void> {
    // Refuses what has no direction before any of it is sent.
    const { dimensions } = VectorIndex.of(rows);
    await this.#create(dimensions);
    if ((await this.#count()) === rows.length) return;
    const atOnce = Math.max(1, Math.floor(numbersPerRequest / dimensions));
    for (let start = 0; start < rows.length; start += atOnce) {
      signal?.throwIfAborted();
      const data = rows
        .slice(start, start + atOnce)
        .map((vector, index) => ({ row: start + index, vector: [...vector] }));
      await this.#call(() => this.#client.upsert({ collection_name: this.#name, data }));
    }
    const held = await this.#count();
    if (held !== rows.length) throw this.#error(`it holds ${held} rows of ${rows.length}`);
  }

  async nearest(
    queries: readonly Float32Array[],
    count: number,
    signal: AbortSignal | undefined,
  ): Promise<Neighbour[][]> {
    const found: Neighbour[][] = queries.map(() => []);
    let pending = [...queries.keys()];
    // Some more, so that rows as near as the last are seldom cut off.
    for (let asked = count + 8; pending.length > 0; asked *= 4) {
      const limit = Math.min(asked, this.#size, mostNeighbours);
      const unsure: number[] = [];
      const [first] = queries;
      const atOnce = Math.max(1, Math.floor(numbersPerRequest / (limit * first!.length)));
      for (let start = 0; start < pending.length; start += atOnce) {
        signal?.throwIfAborted();
        const places = pending.slice(start, start + atOnce);
        const hits = await this.#search(
          places.map((place) => queries[place]!),
          limit,
        );
        for (const [index, place] of places.entries()) {
          const { nearest, isSure } = compareAgain(hits[index]!, queries[place]!, count);
          found[place] = nearest;
          if (!isSure && limit < this.#size) unsure.push(place);
        }
      }
      if (unsure.length > 0 && limit === mostNeighbours)
        throw this.#error(`more than ${mostNeighbours} rows are as near as the nearest ${count}`);
      pending = unsure;
    }
    return found;
  }

  async #search(queries: readonly Float32Array[], limit: number): Promise<Hit[][]> {
    const { results } = await this.#call(() =>
      this.#client.search({
        collection_name: this.#name,
        anns_field: "vector",
        data: queries.map((query) => [...query]),
        limit,
        metric_type: "COSINE",
        output_fields: ["row", "vector"],
        consistency_level: "Strong",
      }),
    );
    // Of a single query some versions give its hits alone.
    const lists = queries.length === 1 && !Array.isArray(results[0]) ? [results] : results;
    if (lists.length !== queries.length)
      throw this.#error(`${queries.length} queries were answered with ${lists.length} lists`);
    return (lists as readonly (readonly RawHit[])[]).map((hits) =>
      hits.map(({ row, vector, score }) => ({
        row: Number(row),
        vector: Float32Array.from(vector),
        score: Number(score),
      })),
    );
  }

  async #create(dimensions: number): Promise<void> {
    const collection_name = this.#name;
    const { value } = await this.#call(() => this.#client.hasCollection({ collection_name }));
    if (!value) {
      const fields = [
        { name: "row", data_type: "Int64", is_primary_key: true, autoID: false },
        { name: "vector", data_type: "FloatVector", dim: dimensions },
      ];
      await this.#call(() => this.#client.createCollection({ collection_name, fields }));
    }
    if (!(await this.#hasIndex())) {
      const index = { field_name: "vector", index_type: "FLAT", metric_type: "COSINE" };
      await this.#call(() => this.#client.createIndex({ collection_name, ...index }));
    }
    await this.#call(() => this.#client.loadCollectionSync({ collection_name }));
  }

  /** A collection that has none answers with an error. */
  async #hasIndex(): Promise<boolean> {
    const request = { collection_name: this.#name, field_name: "vector" };
    const reply = await this.#client.describeIndex(request).catch(() => undefined);
    return (reply?.index_descriptions ?? []).length > 0;
  }

  async #count(): Promise<number> {
    const { data } = await this.#call(() =>
      this.#client.query({
        collection_name: this.#name,
        filter: "",
        output_fields: ["count(*)"],
        consistency_level: "Strong",
      }),
    );
    return Number(data[0]?.["count(*)"] ?? 0);
  }

  async #call<Reply extends MilvusReply>(request: () => Promise<Reply>): Promise<Reply> {
    let reply: Reply;
    try {
      reply = await request();
    } catch (error) {
      throw this.#error(error instanceof Error ? error.message : String(error), error);
    }
    const { code, error_code: word, reason } = "status" in reply ? reply.status : reply;
    if ((code ?? 0) !== 0 || (word !== undefined && word !== "Success" && word !== 0))
      throw this.#error(reason || String(word ?? code));
    return reply;
  }

  #error(message: string, cause?: unknown): ModelError {
    const place = `Milvus collection ${this.#name}`;
    return new ModelError(`${place}: ${message}`, { endpoint: place }, cause === undefined ? {} : { cause });
  }
}

/** 64-bit numbers come as texts. */
interface RawHit {
  readonly row: string | number;
  readonly vector: readonly number[];
  readonly score: number;
}

interface Hit {
  readonly row: number;
  readonly vector: Float32Array;
  readonly score: number;
}

/** The nearest of the hits in 64-bit arithmetic; not sure where a row beyond the hits could be nearer than the last. */
function compareAgain(
  hits: readonly Hit[],
  query: Float32Array,
  count: number,
): { readonly nearest: Neighbour[]; readonly isSure: boolean } {
  const inOrder = hits.toSorted((one, other) => one.row - other.row);
  const nearest = VectorIndex.of(inOrder.map(({ vector }) => vector))
    .nearest(query, count)
    .map(({ index, similarity }) => ({ index: inOrder[index]!.row, similarity }));
  const leastScore = Math.min(...hits.map(({ score }) => score));
  const isSure = nearest.length === count && leastScore + tolerance < nearest.at(-1)!.similarity;
  return { nearest, isSure };
}

function fingerprintOf(rows: readonly Float32Array[]): string {
  const hash = createHash("sha256").update(`${rows.length} x ${rows[0]?.length ?? 0}\n`);
  for (const { buffer, byteOffset, byteLength } of rows)
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest("hex").slice(0, 32);
}

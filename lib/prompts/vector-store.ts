import { setImmediate } from "node:timers/promises";

import type { Sensitivity } from "../table/sensitivity.ts";
import { VectorIndex, type Neighbour } from "./vector-index.ts";

/** How vectors may be handled: those of a restricted text are restricted. */
export interface VectorOptions {
  readonly sensitivity?: Sensitivity;
  readonly signal?: AbortSignal;
}

/** Rows that can be searched. */
export interface VectorSearch {
  /**
   * Of each query the rows most similar to it by cosine, the nearest first; of equal ones the earlier row first.
   *
   * @param count fewer are given where there are fewer rows
   */
  nearest(queries: readonly Float32Array[], count: number, options?: VectorOptions): Promise<Neighbour[][]>;
}

/** Where vectors are kept and searched. Every store gives the same neighbours. */
export interface VectorStore {
  /** Take rows in; equal rows may be there already. */
  index(rows: readonly Float32Array[], options?: VectorOptions): Promise<VectorSearch>;
}

/** The default: the memory of this process, no service. */
export const inMemory: VectorStore = {
  async index(rows) {
    const index = VectorIndex.of(rows);
    return {
      async nearest(queries, count, { signal } = {}) {
        const found: Neighbour[][] = [];
        for (const [place, query] of queries.entries()) {
          found.push(index.nearest(query, count));
          // Many queries take seconds: others get their turn, and an interrupt is heard.
          if (place % 8 === 7) await setImmediate();
          signal?.throwIfAborted();
        }
        return found;
      },
    };
  },
};

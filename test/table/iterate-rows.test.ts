import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { iterateRows } from "../../lib/table/iterate-rows.ts";

describe("iterateRows", () => {
  it("gives the rows of all batches in order, to one caller or to several at once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer())),
        fc.integer({ min: 1, max: 4 }),
        async (batches, callers) => {
          const rows = iterateRows(generate(batches));
          const found: number[] = [];
          for (;;) {
            const results = await Promise.all(Array.from({ length: callers }, () => rows.next()));
            found.push(...results.flatMap(({ done, value }) => (done === true ? [] : [value!])));
            if (results.some(({ done }) => done)) break;
          }
          assert.deepEqual(found, batches.flat());
        },
      ),
    );
  });

  it("closes the source when a loop is left, and passes its errors on", async () => {
    let isClosed = false;
    async function* source() {
      try {
        yield [1, 2];
        throw new Error("midway");
      } finally {
        isClosed = true;
      }
    }
    for await (const row of iterateRows(source())) if (row === 1) break;
    assert.ok(isClosed);
    await assert.rejects(Array.fromAsync(iterateRows(source())), /midway/u);
  });
});

async function* generate<Row>(batches: readonly (readonly Row[])[]) {
  yield* batches;
}

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  Int32,
  makeData,
  makeVector,
  Table as ArrowTable,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  vectorFromArray,
} from "apache-arrow";
import * as fc from "fast-check";
import { BitmapBuilder } from "../../lib/table/bitmap-builder.ts";
import { fromArrow } from "../../lib/table/from-arrow.ts";
import { fromRows } from "../../lib/table/from-rows.ts";

const row = fc.record({
  whole: fc.option(fc.maxSafeInteger()),
  share: fc.option(fc.double()),
  flag: fc.option(fc.boolean()),
  text: fc.option(fc.string({ unit: "grapheme" })),
  labels: fc.option(fc.array(fc.option(fc.string()), { maxLength: 4 })),
});

describe("toArrow", () => {
  it("holds what rows() gives", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (rows) => {
        const table = fromRows(rows);
        const arrow = await table.toArrow();
        const found = Array.from({ length: arrow.numRows }, (_, index) => {
          const { whole, labels, ...rest } = arrow.get(index)!.toJSON() as Record<string, unknown>;
          return {
            ...rest,
            whole: typeof whole === "bigint" ? Number(whole) : whole,
            labels: labels === null ? null : Array.from(labels as Iterable<unknown>),
          };
        });
        const key = (each: object) => Object.entries(each).sort(([left], [right]) => (left < right ? -1 : 1));
        assert.deepEqual(found.map(key), (await table.rows()).map(key));
      }),
      { numRuns: 40 },
    );
  });

  it("gives numbers as typed arrays over several chunks, with their nulls", async () => {
    const table = fromRows([{ one: 1 }]).sql(
      "SELECT i AS id, CASE WHEN i % 3 > 0 THEN i / 2 END AS half FROM range(300000) AS t(i) WHERE i % 7 <> 2",
    );
    const arrow = await table.toArrow();
    const ids = arrow.getChild("id")!.toArray() as BigInt64Array;
    assert.ok(ids instanceof BigInt64Array);
    assert.equal(ids.length, await table.count());
    assert.deepEqual(
      ids.slice(-3),
      BigInt64Array.from((await table.tail(3)).map(({ id }) => BigInt(id as number))),
    );
    const [counted] = await table
      .sql("SELECT count(*) - count(half) AS nulls, sum(half) AS total FROM this")
      .rows();
    const half = arrow.getChild("half")!;
    assert.equal(half.nullCount, counted!["nulls"]);
    let total = 0;
    for (const value of half) total += (value as number | null) ?? 0;
    assert.equal(total, counted!["total"]);
  });

  it("keeps the columns of a table without rows", async () => {
    const arrow = await fromRows([{ id: 1, name: "a" }])
      .where("false")
      .toArrow();
    assert.equal(arrow.numRows, 0);
    assert.deepEqual(arrow.schema.fields.map(String), ["id: Int64", "name: Utf8"]);
  });

  it("is read by others: what tableToIPC writes comes back", async () => {
    const table = fromRows([
      { id: 1, meta: { year: 1999, tags: ["a"] } },
      { id: 2, meta: null },
    ]);
    const copy = tableFromIPC(tableToIPC(await table.toArrow()));
    assert.deepEqual(await fromArrow(copy).rows(), await table.rows());
  });
});

describe("fromArrow", () => {
  it("takes sliced tables, dictionaries and several batches", async () => {
    const first = tableFromArrays({ n: Int32Array.from({ length: 5000 }, (_, index) => index) });
    const sliced = first.slice(2500, 4700);
    assert.deepEqual(
      await fromArrow(sliced).sql("SELECT min(n) AS a, max(n) AS b, count(*) AS c FROM this").rows(),
      [{ a: 2500, b: 4699, c: 2200 }],
    );
    const words = new ArrowTable({ word: vectorFromArray(["a", "b", null, "a"]) });
    assert.deepEqual(
      await fromArrow(words).rows(),
      ["a", "b", null, "a"].map((word) => ({ word })),
    );
    const twice = first.concat(first);
    assert.equal(await fromArrow(twice).count(), 10_000);
  });

  it("keeps nulls of a sliced vector in place", async () => {
    const vector = makeVector(
      makeData({
        type: new Int32(),
        length: 16,
        nullBitmap: Uint8Array.of(0b10101010, 0b11001100),
        data: new Int32Array(16),
      }),
    );
    const table = new ArrowTable({ n: vector }).slice(3, 13);
    const expected = Array.from(table.getChild("n")!, (value) => ({ n: value as number | null }));
    assert.deepEqual(await fromArrow(table).rows(), expected);
  });
});

describe("BitmapBuilder", () => {
  it("holds the bits that were appended, from any start", () => {
    const part = fc.record({
      bits: fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 })),
      start: fc.integer({ min: 0, max: 12 }),
      count: fc.integer({ min: 0, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const builder = new BitmapBuilder();
        const expected: number[] = [];
        for (const { bits, start, count } of parts) {
          builder.append(bits, start, count);
          for (let bit = start; bit < start + count; bit++) {
            expected.push(bits === null ? 1 : (bits[bit >> 3]! >> (bit & 7)) & 1);
          }
        }
        const bytes = builder.finish();
        assert.deepEqual(
          expected.map((_, bit) => (bytes[bit >> 3]! >> (bit & 7)) & 1),
          expected,
        );
        assert.equal(builder.nullCount, expected.filter((bit) => bit === 0).length);
      }),
    );
  });
});

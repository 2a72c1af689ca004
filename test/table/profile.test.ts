import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { fromRows } from "../../lib/table/from-rows.ts";
import { binEdges } from "../../lib/table/histogram.ts";

const row = fc.record({
  whole: fc.option(fc.integer({ min: -50, max: 50 })),
  number: fc.option(fc.double()),
  text: fc.option(fc.string({ unit: "grapheme", maxLength: 60 }).filter((text) => !text.includes("\0"))),
  flag: fc.option(fc.boolean()),
  labels: fc.option(fc.array(fc.string({ unit: "grapheme-ascii" }))),
});

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe("profile", () => {
  it("adds up, and agrees with a count in JavaScript", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), async (rows) => {
        const profile = await fromRows(rows).profile();
        assert.equal(profile.rowCount, rows.length);
        const isEqual = (value: unknown) =>
          JSON.stringify(value, (_key, each: unknown) =>
            typeof each === "number" ? String(each + 0) : each,
          );
        assert.equal(profile.duplicateRows, rows.length - new Set(rows.map(isEqual)).size);
        for (const column of profile.columns) {
          const values = rows
            .map((each) => each[column.name as keyof typeof each])
            .filter((value) => value !== null);
          assert.equal(column.nulls, rows.length - values.length);
          assert.equal(column.distinct, new Set(values.map(isEqual)).size);
          assert.equal(column.distinct + column.duplicateValues + column.nulls, rows.length);
          if (column.histogram !== undefined) {
            assert.equal(sum(column.histogram.counts) + column.nulls + (column.notFinite ?? 0), rows.length);
            assert.equal(column.histogram.edges.length, column.histogram.counts.length + 1);
          }
          if (column.name === "text" && values.length > 0) {
            const lengths = values.map((value) => [...(value as string)].length);
            assert.equal(column.lengths!.min, Math.min(...lengths));
            assert.equal(column.lengths!.max, Math.max(...lengths));
            const bytes = values.map((value) => Buffer.byteLength(value as string));
            assert.equal(column.byteLengths!.max, Math.max(...bytes));
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it("gives closed forms of 0 to 100", async () => {
    const table = fromRows(Array.from({ length: 101 }, (_, n) => ({ n })));
    const [column] = (await table.profile({ binCount: 10 })).columns;
    assert.deepEqual(column, {
      name: "n",
      type: "BIGINT",
      kind: "number",
      nulls: 0,
      distinct: 101,
      duplicateValues: 0,
      min: 0,
      max: 100,
      numbers: {
        min: 0,
        max: 100,
        mean: 50,
        standardDeviation: Math.sqrt((101 * 102) / 12),
        quantiles: [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99].map((share) => ({ share, value: share * 100 })),
      },
      notFinite: 0,
      histogram: {
        edges: [0, 11, 22, 33, 44, 55, 66, 77, 88, 99, 110],
        counts: [11, 11, 11, 11, 11, 11, 11, 11, 11, 2],
      },
    });
  });

  it("lists the commonest of many values, whether many or few come again", async () => {
    for (const again of [3, 40]) {
      const words = Array.from({ length: 3000 }, (_, index) => `word ${index}`);
      const values = [...words, ...words.slice(0, again), ...words.slice(0, 2)];
      const { columns } = await fromRows(values.map((word) => ({ word }))).profile({ topCount: 5 });
      const counts = Map.groupBy(values, (word) => word);
      const expected = [...counts]
        .map(([value, held]) => ({ value, count: held.length, isClipped: false }))
        .sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1));
      assert.deepEqual(columns[0]!.topValues, expected.slice(0, 5));
    }
  });

  it("counts duplicates and the commonest values, long texts by their beginning", async () => {
    const long = "long ".repeat(20);
    const table = fromRows([
      { t: "b" },
      { t: long },
      { t: "b" },
      { t: long },
      { t: "b" },
      { t: "a" },
      { t: null },
    ]);
    const profile = await table.profile();
    assert.equal(profile.duplicateRows, 3);
    assert.deepEqual(profile.columns[0]!.topValues, [
      { value: "b", count: 3, isClipped: false },
      { value: long.slice(0, 40), count: 2, isClipped: true },
      { value: "a", count: 1, isClipped: false },
    ]);
  });

  it("holds NaN, infinities and numbers too large to square apart", async () => {
    const profile = await fromRows([{ n: NaN }, { n: Infinity }, { n: 1e300 }, { n: -1e300 }]).profile();
    const { notFinite, numbers, histogram } = profile.columns[0]!;
    assert.equal(notFinite, 2);
    assert.equal(numbers!.standardDeviation, null);
    assert.equal(sum(histogram!.counts), 2);
  });

  it("profiles dates, bytes and structs, and a table without rows", async () => {
    const table = fromRows([{ day: new Date("2020-01-01"), bytes: Uint8Array.of(1, 2), meta: { a: 1 } }]);
    const [day, bytes, meta] = (await table.profile()).columns;
    assert.equal(day!.min, "2020-01-01T00:00:00");
    assert.deepEqual(day!.histogram, { edges: [1577836800000, 1577836800001], counts: [1] });
    assert.equal(bytes!.lengths!.max, 2);
    assert.equal(meta!.distinct, 1);
    const empty = await table.where("false").profile();
    assert.equal(empty.rowCount, 0);
    assert.equal(empty.duplicateRows, 0);
    assert.equal(empty.columns[0]!.histogram, undefined);
  });

  it("inherits the sensitivity, and refuses wrong options", async () => {
    const table = fromRows([{ n: 1 }], { sensitivity: "restricted" });
    assert.equal((await table.profile()).sensitivity, "restricted");
    await assert.rejects(table.profile({ binCount: 0 }), { name: "ArgumentError", message: /"binCount"/u });
    await assert.rejects(table.profile({ bins: 3 } as object), {
      name: "ArgumentError",
      message: /binCount/u,
    });
  });
});

describe("binEdges", () => {
  it("covers the range with at most the bins that were asked", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), fc.integer({ min: 1, max: 50 }), (min, range, binCount) => {
        const edges = binEdges(min, min + range, { binCount, isWhole: true });
        assert.equal(edges[0], min);
        assert.ok(edges.at(-1)! > min + range);
        assert.ok(edges.length - 1 <= binCount);
        assert.ok(edges.every((edge) => Number.isInteger(edge)));
      }),
    );
  });
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { configureEngine } from "../../lib/table/engine.ts";
import { fromRows } from "../../lib/table/from-rows.ts";
import { open } from "../../lib/table/open.ts";
import type { Table } from "../../lib/table/table.ts";

const folder = mkdtempSync(join(tmpdir(), "rounds-rows-"));
after(() => rmSync(folder, { recursive: true }));

const one = fromRows([{ one: 1 }]);
const thousand = one.sql<{ i: number; name: string }>("SELECT i, 'n' || i AS name FROM range(1000) AS t(i)");
/** Far more rows than memory would hold as objects. */
const huge = one.sql<{ i: number; text: string }>(
  "SELECT i, 'text ' || i AS text FROM range(100000000) AS t(i)",
);

const residentMegabytes = () => process.memoryUsage().rss / 2 ** 20;

describe("rows", () => {
  it("gives pages that join to the whole", async () => {
    const whole = await thousand.rows();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1200 }), async (limit) => {
        const pages: unknown[] = [];
        for (let offset = 0; offset < 1000; offset += limit)
          pages.push(...(await thousand.rows({ limit, offset })));
        assert.deepEqual(pages, whole);
      }),
      { numRuns: 10 },
    );
  });

  it("gives first and last rows, also when there are fewer", async () => {
    assert.deepEqual(
      (await thousand.head(2)).map(({ i }) => i),
      [0, 1],
    );
    assert.deepEqual(
      (await thousand.tail(2)).map(({ i }) => i),
      [998, 999],
    );
    assert.equal((await one.head()).length, 1);
    assert.equal((await one.tail()).length, 1);
    assert.deepEqual(await thousand.where("false").tail(), []);
  });

  it("refuses counts that are none", async () => {
    await assert.rejects(thousand.head(-1), {
      name: "ArgumentError",
      message: /"limit" must be a whole number >= 0/u,
    });
    assert.throws(() => thousand.limit(1.5), { name: "ArgumentError" });
    assert.throws(() => thousand.select(), { name: "ArgumentError" });
  });

  it("answers about 100 million rows in bounded memory", async () => {
    const before = residentMegabytes();
    assert.equal(await huge.count(), 100_000_000);
    assert.deepEqual(await huge.tail(1), [{ i: 99_999_999, text: "text 99999999" }]);
    assert.equal((await huge.rows({ limit: 50, offset: 50_000_000 })).length, 50);
    await assert.rejects(huge.rows(), {
      name: "ArgumentError",
      message: /"limit" must be given .* "for await"/u,
    });
    assert.ok(residentMegabytes() - before < 1500, `${residentMegabytes() - before} MB more`);
  });

  it("streams in bounded memory, and a loop that is left stops the query", async () => {
    const before = residentMegabytes();
    let seen = 0;
    for await (const { i } of huge) {
      if (i !== seen++) assert.fail(`row ${seen} holds ${i}`);
      if (seen === 300_000) break;
    }
    assert.ok(residentMegabytes() - before < 400, `${residentMegabytes() - before} MB more`);
    assert.equal(await one.count(), 1);
  });

  it("reads names that JavaScript treats as special", async () => {
    const [row] = await one
      .sql(`SELECT 1 AS "__proto__", 2 AS "constructor", {'__proto__': 3} AS struct`)
      .rows();
    assert.deepEqual(Object.entries(row!).slice(0, 2), [
      ["__proto__", 1],
      ["constructor", 2],
    ]);
    assert.equal(Object.getPrototypeOf(row), Object.prototype);
  });
});

describe("fromRows", () => {
  it("lets go of the array once DuckDB holds its rows", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const made = (): [WeakRef<object>, Table] => {
      const rows = Array.from({ length: 5000 }, (_, index) => ({ index }));
      return [new WeakRef(rows), fromRows(rows)];
    };
    const [array, table] = made();
    assert.equal(await table.count(), 5000);
    // What a frame that just ended held may stand on the stack for a turn or two.
    for (let turn = 0; turn < 50 && array.deref() !== undefined; turn++) {
      await setImmediate();
      collectGarbage();
    }
    assert.equal(array.deref(), undefined);
    assert.deepEqual(await table.head(1), [{ index: 0 }]);
  });
});

describe("sample", () => {
  it("draws the same rows whatever the threads, in the order of the table", async () => {
    const source = one.sql<{ i: number }>("SELECT i FROM range(300000) AS t(i)");
    const draw = async (seed: number | string) =>
      (await source.sample(50, { seed }).rows()).map(({ i }) => i);
    const first = await draw(7);
    assert.deepEqual(
      first,
      [...first].sort((left, right) => left - right),
    );
    await configureEngine({ threads: 1 });
    assert.deepEqual(await draw(7), first);
    await configureEngine({ threads: 2 });
    assert.notDeepEqual(await draw(8), first);
    assert.equal(new Set(first).size, 50);
  });

  it("draws the rows with the smallest documented keys", async () => {
    const key = (index: number) => createHash("md5").update(`a'b:${index}`).digest().readBigUInt64LE(8);
    const keys = Array.from({ length: 1000 }, (_, index) => ({ index, key: key(index) }));
    const smallest = keys.sort((left, right) => (left.key < right.key ? -1 : 1)).slice(0, 10);
    const expected = smallest.map(({ index }) => index).sort((left, right) => left - right);
    const drawn = await thousand.sample(10, { seed: "a'b" }).rows();
    assert.deepEqual(
      drawn.map(({ i }) => i),
      expected,
    );
  });

  it("takes all rows of a smaller table, and wants a seed", async () => {
    assert.equal((await thousand.sample(5000, { seed: 1 }).rows()).length, 1000);
    assert.throws(() => thousand.sample(5, {} as { seed: number }), {
      name: "ArgumentError",
      message: /"seed"/u,
    });
  });
});

describe("orderBy", () => {
  it("sorts up and down with nulls last", async () => {
    const table = fromRows([
      { a: 1, b: null },
      { a: 2, b: "x" },
      { a: 2, b: "y" },
    ]);
    const order = async (...columns: (string | { descending: string })[]) =>
      (await table.orderBy(...columns).rows()).map(({ a, b }) => `${a}${b}`);
    assert.deepEqual(await order({ descending: "a" }, { descending: "b" }), ["2y", "2x", "1null"]);
    assert.deepEqual(await order("b"), ["2x", "2y", "1null"]);
  });
});

describe("writing", () => {
  it("writes Parquet and CSV that come back, and leaves no temporary file", async () => {
    for (const path of [join(folder, "new/rows.parquet"), join(folder, "new/rows.csv")]) {
      const written = path.endsWith("csv")
        ? await thousand.writeCsv(path)
        : await thousand.writeParquet(path);
      assert.equal(written.rowCount, 1000);
      assert.deepEqual(await (await open(path)).rows(), await thousand.rows());
    }
    assert.deepEqual(readdirSync(join(folder, "new")).sort(), ["rows.csv", "rows.parquet"]);
  });

  it("leaves the old file when the query fails midway", async () => {
    const path = join(folder, "kept.parquet");
    await thousand.writeParquet(path);
    const before = readFileSync(path);
    const failing = thousand.sql("SELECT CASE WHEN i = 900 THEN error('midway') ELSE i END AS i FROM this");
    await assert.rejects(failing.writeParquet(path), { name: "QueryError", message: /midway/u });
    assert.deepEqual(readFileSync(path), before);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith(".tmp")),
      [],
    );
  });
});

describe("configureEngine", () => {
  it("refuses limits that are none", async () => {
    await assert.rejects(configureEngine({ memoryLimitBytes: 1000 }), {
      name: "ArgumentError",
      message: /64 MiB/u,
    });
    await assert.rejects(configureEngine({ threads: 0 }), { name: "ArgumentError" });
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { fromRows } from "../../lib/table/from-rows.ts";
import { scanQuery } from "../../lib/table/scan-query.ts";
import { identifier, literal, sql, userSql } from "../../lib/table/sql.ts";

const papers = fromRows([
  { pmid: "1", year: 1999, title: "Aspirin" },
  { pmid: "2", year: 2005, title: "Metformin" },
  { pmid: "3", year: 2020, title: "Statins; DROP TABLE" },
]);

describe("Table.sql", () => {
  it("binds positional, numbered and named parameters", async () => {
    const expected = [{ pmid: "2" }];
    assert.deepEqual(
      await papers.sql("SELECT pmid FROM this WHERE year > ? AND year < ?", [2000, 2010]).rows(),
      expected,
    );
    assert.deepEqual(
      await papers.sql("SELECT pmid FROM this WHERE year BETWEEN $2 AND $1", [2010, 2000]).rows(),
      expected,
    );
    const named = papers.sql("SELECT pmid FROM this WHERE year > $from AND year < $to", {
      from: 2000,
      to: 2010,
    });
    assert.deepEqual(await named.rows(), expected);
  });

  it("gives every kind of parameter its type", async () => {
    const values = [
      "x",
      1,
      2 ** 40,
      1.5,
      10n ** 20n,
      true,
      null,
      new Date(0),
      ["a", null],
      [1, 2 ** 40, 0.5],
      [[1]],
    ];
    const types = values.map((_, index) => `typeof($${index + 1}) AS "${index}"`).join(", ");
    const [row] = await papers.sql(`SELECT ${types}`, values).rows();
    assert.deepEqual(Object.values(row!), [
      "VARCHAR",
      "INTEGER",
      "BIGINT",
      "DOUBLE",
      "HUGEINT",
      "BOOLEAN",
      '"NULL"',
      "TIMESTAMP",
      "VARCHAR[]",
      "DOUBLE[]",
      "INTEGER[][]",
    ]);
  });

  it("never splices a value: whatever text comes out as it went in", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (text) => {
        if (text.includes("\0")) return;
        const rows = await papers.limit(1).sql("SELECT $text AS text FROM this", { text }).rows();
        assert.deepEqual(rows, [{ text }]);
      }),
      { numRuns: 50 },
    );
  });

  it("takes a query with WITH, a closing semicolon and comments, and FROM first", async () => {
    const query =
      "-- years\nWITH recent AS (FROM this WHERE year > ?) /* ? */ SELECT count(*) AS n FROM recent; -- end ?";
    assert.deepEqual(await papers.sql(query, [2000]).rows(), [{ n: 2 }]);
    assert.deepEqual(await papers.sql("FROM this SELECT max(year) AS year").rows(), [{ year: 2020 }]);
    assert.equal((await papers.sql("DESCRIBE this").rows()).length, 3);
  });

  it("chains: `this` is always the table that was asked", async () => {
    const chained = papers
      .sql("SELECT *, year % $base AS rest FROM this", { base: 10 })
      .where("rest < ?", [9])
      .sql("SELECT pmid, rest, ? AS note FROM this", ["kept"])
      .orderBy({ descending: "pmid" });
    assert.deepEqual(await chained.rows(), [
      { pmid: "3", rest: 0, note: "kept" },
      { pmid: "2", rest: 5, note: "kept" },
    ]);
  });

  it("groups by an expression that holds a parameter", async () => {
    const counted = papers.sql(
      "SELECT year // $width AS decade, count(*) AS n FROM this GROUP BY year // $width ORDER BY ALL",
      {
        width: 10,
      },
    );
    assert.deepEqual(await counted.rows(), [
      { decade: 199, n: 1 },
      { decade: 200, n: 1 },
      { decade: 202, n: 1 },
    ]);
  });

  it("joins other tables, and is restricted as soon as one of them is", async () => {
    const labels = fromRows([{ pmid: "2", label: "yes" }], { sensitivity: "restricted" });
    const joined = papers.sql("SELECT title, label FROM this JOIN labels USING (pmid)", [], {
      tables: { labels },
    });
    assert.deepEqual(await joined.rows(), [{ title: "Metformin", label: "yes" }]);
    assert.equal(joined.sensitivity, "restricted");
    assert.equal(joined.select("title").limit(1).sample(1, { seed: 1 }).sensitivity, "restricted");
    assert.equal(papers.sensitivity, "public");
  });

  const mistakes: [string, () => Promise<unknown>, RegExp][] = [
    [
      "a word that is no SQL",
      () => papers.sql("SELEC 1").rows(),
      /syntax error at or near "SELEC"\n\nSELEC 1\n\^$/u,
    ],
    [
      "an unknown column, with the nearest and all names",
      () => papers.sql("SELECT pmid,\n  yeer\nFROM this").rows(),
      /no column "yeer" in this table\. Did you mean "year"\? Its columns: pmid, year, title\.\n\nline 2: {3}yeer\n {10}\^$/u,
    ],
    [
      "a place after letters of several bytes",
      () => papers.sql("SELECT 'é🫀', nope FROM this").rows(),
      /\n {14}\^$/u,
    ],
    [
      "an unknown column in a condition",
      () => papers.where("yaer > 1").count(),
      /Did you mean "year"\?.*\n\nyaer > 1\n\^$/su,
    ],
    [
      "an unknown column in a selection",
      () => papers.select("tittle" as "title").rows(),
      /Did you mean "title"\?/u,
    ],
    ["an unknown function", () => papers.sql("SELECT lenght(title) FROM this").rows(), /lenght.*\n {7}\^$/su],
    ["a bracket too many", () => papers.sql("SELECT 1) UNION (SELECT 2").rows(), /\n {8}\^$/u],
    ["a condition with a bracket too many", () => papers.where("true) OR (true").count(), /\n {4}\^$/u],
    [
      "two statements",
      () => papers.sql("SELECT 1; DROP TABLE x").rows(),
      /must be one SELECT, got 2 statements/u,
    ],
    [
      "a statement that is no SELECT",
      () => papers.sql("CREATE TABLE x (a INT)").rows(),
      /must be one SELECT/u,
    ],
    [
      "an extension from the network",
      () => papers.sql("SELECT * FROM 'https://example.org/a.parquet'").rows(),
      /Nothing is read from the network/u,
    ],
  ];
  for (const [what, act, message] of mistakes) {
    it(`points at ${what}`, () => assert.rejects(act(), { name: "QueryError", message }));
  }

  it("says which parameter is missing or too many", () => {
    const fails = (query: string, parameters: never, message: RegExp) =>
      assert.throws(() => papers.sql(query, parameters), { name: "ArgumentError", message });
    fails("SELECT ?, ?", [1] as never, /given a value for \$2 \(given: \$1\)/u);
    fails("SELECT $a", { b: 1 } as never, /given a value for \$a \(given: \$b\)/u);
    fails("SELECT ?", [1, 2] as never, /it has no \$2/u);
  });

  it("refuses a parameter of no SQL type", () =>
    assert.rejects(papers.sql("SELECT ?", [() => 1]).rows(), {
      name: "ArgumentError",
      message: /parameters\[0\]/u,
    }));

  it("stops at an abort, and goes on working", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    const endless = papers.sql("SELECT count(*) AS n FROM range(1000000000000) AS t(i) WHERE i * i % 7 = 3");
    await assert.rejects(endless.rows({ signal: stop.signal }), { name: "AbortError" });
    assert.equal(await papers.count(), 3);
  });

  it("stops at the interrupt of the running cell", async () => {
    const cell = new AbortController();
    const host = Symbol.for("Jupyter.display");
    Reflect.set(globalThis, host, { interruptSignal: cell.signal });
    try {
      setTimeout(() => cell.abort(), 50);
      const endless = papers.sql("SELECT i FROM range(1000000000000) AS t(i) WHERE i * i % 7 = 13");
      await assert.rejects(endless.head(), { name: "AbortError" });
    } finally {
      Reflect.deleteProperty(globalThis, host);
    }
  });
});

describe("scanQuery", () => {
  it("finds placeholders only where they are ones", () => {
    const query = `SELECT ?, '?', "a?", $1, e'\\'?', $tag$ ? $tag$, $$ ? $$, a$1, $é -- ?\n/* $x */ ;`;
    assert.deepEqual(
      scanQuery(query).placeholders.map(({ start, end }) => query.slice(start, end)),
      ["?", "$1", "$é"],
    );
  });
});

describe("sql", () => {
  it("quotes names and texts, binds values, and finds the place of a byte", () => {
    const query = sql`SELECT ${identifier('a"b')} FROM ${userSql("SELECT 'é', ? AS x", [7])} WHERE ${literal("it's")} = ${1}`;
    assert.deepEqual(query.render(), {
      text: `SELECT "a""b" FROM SELECT 'é', $1 AS x WHERE 'it''s' = $2`,
      values: [7, 1],
    });
    const bytes = Buffer.from(query.render().text);
    assert.deepEqual(query.locate(bytes.indexOf("x WHERE")), { query: "SELECT 'é', ? AS x", offset: 17 });
    assert.equal(query.locate(0), undefined);
  });
});

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { resultText } from "./start-kernel.ts";
import { type Lab, startLab } from "./support-lab.ts";

describe("very many columns", () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab();
  });
  after(() => lab.requireBoundedMemory());

  it("are shown by the first ones and profiled; a wrong name does not list them all", async () => {
    const row = (index: number): string =>
      JSON.stringify(
        Object.fromEntries(
          Array.from({ length: 2_000 }, (_, column) => [
            `column_${column}`,
            column % 2 === 0 ? index * column : `text ${index} of ${column}`,
          ]),
        ),
      );
    writeFileSync(
      join(lab.folder, "wide.jsonl"),
      Array.from({ length: 20 }, (_, index) => `${row(index)}\n`).join(""),
    );
    const table = await lab.show('const wide = await rounds.open("wide.jsonl"); wide');
    assert.match(String(table["text/plain"]), /20 rows × 2,000 columns; the first 40 columns are shown/u);
    const profile = await lab.show("await wide.profile()");
    assert.match(String(profile["text/plain"]), /20 rows, 0 duplicate rows; 1,\d00 more columns not shown/u);
    const { message } = await lab.fail('await wide.sql("SELECT colum_7 FROM this").rows()');
    assert.match(message, /no column "colum_7".*Did you mean "column_7"\?.*\(2000 in all\)/su);
    assert.ok(message.length < 2_000);
  });

  it("are read from CSV", async () => {
    const row = (value: (column: number) => string | number): string =>
      Array.from({ length: 2_000 }, (_, column) => value(column)).join(",");
    const rows = Array.from({ length: 20 }, (_, index) => row((column) => index * column));
    writeFileSync(join(lab.folder, "wide.csv"), [row((column) => `c${column}`), ...rows, ""].join("\n"));
    const table = await lab.show('await rounds.open("wide.csv")');
    assert.match(String(table["text/plain"]), /20 rows × 2,000 columns/u);
  });
});

describe("a very large value", () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab();
  });
  after(() => lab.requireBoundedMemory());

  it("of 50 MB is clipped in a table, a profile, a row, a text, a figure and an error", async () => {
    const large = "ab<c>".repeat(10_000_000);
    writeFileSync(
      join(lab.folder, "large.jsonl"),
      `{"id":1,"text":"small"}\n${JSON.stringify({ id: 2, text: large })}\n`,
    );
    const table = await lab.show('const large = await rounds.open("large.jsonl"); large');
    assert.match(String(table["text/plain"]), /2 rows × 2 columns/u);
    assert.match(String((await lab.show("await large.profile()"))["text/plain"]), /50000000/u);
    await lab.show("const [, whole] = await large.rows(); whole");
    await lab.show("whole.text");
    const shown = await lab.show("await rounds.show(whole.text)");
    assert.match(String(shown["text/plain"]), /49,9\d\d,\d\d\d more characters$/u);
    await lab.show(
      'rounds.figure({ data: [{ type: "bar", x: [whole.text, "small"], y: [1, 2] }], layout: {} })',
    );
    for (const code of [
      "throw new Error(whole.text)",
      "await rounds.open(whole.text)",
      'await large.where("nothing = ?", [whole.text]).rows()',
    ]) {
      await lab.fail(code);
    }
  });
});

describe("very many rows", () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab();
    await lab.run('const one = rounds.fromRows([{ a: 1 }], { source: "one row" });');
  });
  after(() => lab.requireBoundedMemory());

  it("a query of 100 million rows, displayed by accident and read as rows", async () => {
    const many = 'const many = one.sql("SELECT range AS n, range % 7 AS k FROM range(100_000_000)");';
    const shown = await lab.show(`${many} many`);
    assert.match(String(shown["text/plain"]), /100,000,000 rows × 2 columns.*99999999 /su);
    const { name, message } = await lab.fail("await many.rows()");
    assert.equal(name, "ArgumentError");
    assert.match(
      message,
      /"limit" must be given for a table of more than 1000000 rows \(or use "for await"\)/u,
    );
  });

  it("a query that would never end is interrupted, and the variables are kept", async () => {
    await lab.run(`let kept = 7; const endless =
      one.sql("SELECT sum(a.range * b.range % 3) AS s FROM range(10_000_000) a, range(10_000_000) b")`);
    for (const code of [
      "await endless.rows()",
      "endless",
      "await endless.profile()",
      "await endless.toArrow()",
      'await endless.writeParquet("endless.parquet")',
      "for await (const row of many) kept += row.n * 0",
    ]) {
      await lab.interrupt(code);
    }
    const { outputs } = await lab.run(
      'kept + fs.readdirSync(".").filter((name) => name.includes("endless")).length',
    );
    assert.equal(resultText(outputs), "7");
  });

  it("200 MB of bytes, and arrays of any length", async () => {
    for (const [code, text] of Object.entries({
      "Buffer.alloc(200_000_000, 7)": /199999950 more bytes/u,
      "await rounds.show(Buffer.alloc(200_000_000, 7))": /199999950 more bytes/u,
      "new Float64Array(10_000_000)": /9999900 more items/u,
      "Array.from({ length: 2_000_000 }, (_, index) => index)": /1999900 more items/u,
      "Object.assign([], { 4000000000: { a: 1 } })": /4000000000 empty items/u,
    })) {
      assert.match(String((await lab.show(code))["text/plain"]), text);
    }
    const { outputs } = await lab.run(
      "console.log(Array.from({ length: 1_000_000 }, (_, index) => ({ index })))",
    );
    assert.match(JSON.stringify(outputs), /999900 more items/u);
  });

  it("a figure of a million pixels a side, and one of 200,000 bars", async () => {
    const shown = await lab.show(`rounds.figure(
      { data: [{ type: "bar", x: ["a"], y: [1] }], layout: { width: 1e6, height: 1e6 } })`);
    assert.match(String(shown["text/plain"]), /no static image: /u);
    const bars = await lab.show(`const bars = Array.from({ length: 200_000 }, (_, index) => index);
      rounds.figure({ data: [{ type: "bar", x: bars, y: bars }], layout: {} })`);
    assert.match(String(bars["text/plain"]), /200,000 points/u);
  });
});

describe("a database without room", () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab();
  });

  it("spills to disk, or says what to do; the kernel goes on", async () => {
    await lab.run(`await rounds.configureEngine({ memoryLimitBytes: 2 ** 26 });
      const hashes = rounds.fromRows([{ a: 1 }]).sql("SELECT md5(range::VARCHAR) AS h FROM range(2_000_000)");`);
    const sorted = await lab.show(`await hashes.sql("SELECT row_number() OVER (ORDER BY h) AS n, h FROM this")
      .sql("SELECT max(n)::VARCHAR AS n FROM this").rows()`);
    assert.match(String(sorted["text/plain"]), /2000000/u);
    const raised = await lab.run("await rounds.configureEngine({ memoryLimitBytes: 2 ** 26 + 1 })");
    assert.equal(raised.reply.status, "ok", raised.reply.evalue);
    const { name, message } = await lab.fail('await hashes.sql("SELECT len(list(h)) AS l FROM this").rows()');
    assert.equal(name, "QueryError");
    assert.match(message, /Out of Memory error: .*configureEngine\(\{ memoryLimitBytes/su);
  });
});

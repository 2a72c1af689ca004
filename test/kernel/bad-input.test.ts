import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { streamText } from "./start-kernel.ts";
import { type Lab, startLab } from "./support-lab.ts";

const LINES = Array.from({ length: 100_000 }, (_, index) =>
  JSON.stringify({ id: index, text: `document ${index}`, year: 1990 + (index % 30) }),
);

function lines(change: (line: string, index: number) => string = (line) => line): string {
  return `${LINES.map(change).join("\n")}\n`;
}

describe("a file that is not what it should be", () => {
  let lab: Lab;
  const write = (name: string, content: string | Uint8Array): void =>
    writeFileSync(join(lab.folder, name), content);
  before(async () => {
    lab = await startLab();
  });

  it("is missing: the error names the one that is nearly called so", async () => {
    write("papers.csv", "id\n1\n");
    const { name, message } = await lab.fail('await rounds.open("paper.csv")');
    assert.equal(name, "DataError");
    assert.match(message, /no file .*paper\.csv; did you mean .*papers\.csv\?/u);
    const missing = await lab.fail('await rounds.open("nowhere/papers.csv")');
    assert.match(missing.message, /there is no folder .*nowhere/u);
    assert.match((await lab.fail('await rounds.open("*.nothing")')).message, /no file matches \*\.nothing/u);
  });

  it("is no data set either: the error lists those of the catalogue", async () => {
    const { name, message } = await lab.fail('await rounds.open("pubmedqa-labeled")');
    assert.equal(name, "ArgumentError");
    assert.match(message, /one of .*medqa-test.*did you mean pubmedqa-labelled\?/u);
  });

  for (const file of ["a.jsonl", "a.csv", "a.json", "a.parquet", "a.arrow", "a.jsonl.gz"]) {
    it(`is empty: ${file}`, async () => {
      write(file, "");
      const { name, message } = await lab.fail(`await rounds.open("${file}")`);
      assert.equal(name, "DataError");
      assert.match(message, /is empty \(0 bytes\)/u);
    });
  }

  it("holds blank lines alone", async () => {
    write("blank.jsonl", "\n\n");
    assert.match(
      (await lab.fail('await rounds.open("blank.jsonl")')).message,
      /blank\.jsonl holds no object/u,
    );
  });

  it("is gzip that was cut short, damaged, or never was gzip", async () => {
    const whole = gzipSync(lines());
    const damaged = Buffer.from(whole);
    damaged.fill(0, whole.length >> 1, (whole.length >> 1) + 64);
    write("short.jsonl.gz", whole.subarray(0, whole.length >> 1));
    write("damaged.jsonl.gz", damaged);
    write("text.jsonl.gz", "no gzip\n");
    assert.match(
      (await lab.fail('await rounds.open("short.jsonl.gz")')).message,
      /damaged gzip file: unexpected end/u,
    );
    assert.match((await lab.fail('await rounds.open("damaged.jsonl.gz")')).message, /damaged gzip file/u);
    assert.match((await lab.fail('await rounds.open("text.jsonl.gz")')).message, /is not a gzip file/u);
  });

  it("is Parquet that was cut short", async () => {
    const { message } = await lab.fail(`
      await rounds.fromRows([{ a: 1 }]).writeParquet("whole.parquet");
      fs.writeFileSync("short.parquet", fs.readFileSync("whole.parquet").subarray(0, -20));
      await rounds.open("short.parquet")`);
    assert.match(message, /short\.parquet is not a whole Parquet file: it was cut short/u);
  });

  for (const [file, content] of Object.entries({
    "broken.jsonl": lines((line, index) => (index === 50_122 ? '{"id": 50122, "text": "open' : line)),
    "surrogate.jsonl": lines((line, index) =>
      index === 50_122 ? String.raw`{"text":"\ud800 alone"}` : line,
    ),
    "no-object.jsonl": lines((line, index) => (index === 50_122 ? '"a text"' : line)),
  })) {
    it(`has one wrong line of 100,000, whose number is in the error: ${file}`, async () => {
      write(file, content);
      write(`${file}.gz`, gzipSync(content, { level: 1 }));
      for (const path of [file, `${file}.gz`]) {
        const { name, message } = await lab.fail(`await rounds.open("${path}")`);
        assert.equal(name, "DataError");
        assert.match(message, new RegExp(`${path}, line 50123: `, "u"));
      }
    });
  }

  it("has a column that changes its type midway: the error names line, column and remedy", async () => {
    const change = {
      number: '{"a": 1}',
      string: '{"a": "x"}',
      object: '{"a": {"b": 1}}',
      list: '{"a": [1]}',
    };
    for (const [first, second] of [
      ["number", "string"],
      ["object", "list"],
    ] as const) {
      write("change.jsonl", `${change[first]}\n`.repeat(50_000) + `${change[second]}\n`.repeat(50_000));
      const { name, message } = await lab.fail('await rounds.open("change.jsonl")');
      assert.equal(name, "DataError");
      assert.match(message, /change\.jsonl, line 50001: column "a" holds .*types: \{ "a": "VARCHAR" \}/u);
    }
    const asText = await lab.show(
      '(await rounds.open("change.jsonl", { types: { a: "VARCHAR" } })).limit(1)',
    );
    assert.match(String(asText["text/plain"]), /\{"b":\s?1\}/u);
  });

  it("is CSV with a line of too many or too few fields, or with an open quote", async () => {
    const rows = "1,2,3\n".repeat(700);
    for (const wrong of ["1,2\n", "1,2,3,4\n", '"open,2,3\n']) {
      write("ragged.csv", `a,b,c\n${rows}${wrong}${rows}`);
      const { name, message } = await lab.fail('await rounds.open("ragged.csv")');
      assert.equal(name, "DataError");
      assert.match(message, /ragged\.csv.*702/su);
    }
  });

  it("is CSV of which a column is declared: its type is taken, and a field of another one is told", async () => {
    write("declared.csv", "id,note\n1,a\n2,b\n");
    const open = 'await rounds.open("declared.csv", { types: ';
    assert.match(String((await lab.show(`${open}{ id: "INTEGER" } })`))["text/plain"]), /INTEGER\s+VARCHAR/u);
    const { name, message } = await lab.fail(`await (${open}{ note: "INTEGER" } })).rows()`);
    assert.equal(name, "DataError");
    assert.match(message, /declared\.csv.*2.*INTEGER/su);
  });

  it("is one of a folder's several formats", async () => {
    mkdirSync(join(lab.folder, "mixed"));
    write("mixed/a.csv", "a\n1\n");
    write("mixed/b.jsonl", '{"a":1}\n');
    const { message } = await lab.fail('await rounds.open("mixed")');
    assert.match(message, /different formats: .*a\.csv is csv, .*b\.jsonl is jsonl/u);
  });

  it("lies in a folder of links: each file is read once, and a link to nothing is said to be one", async () => {
    mkdirSync(join(lab.folder, "loop"));
    write("loop/a.jsonl", '{"a":1}\n');
    symlinkSync("../loop", join(lab.folder, "loop/again"));
    symlinkSync("a.jsonl", join(lab.folder, "loop/same.jsonl"));
    symlinkSync("self.jsonl", join(lab.folder, "self.jsonl"));
    symlinkSync("gone.jsonl", join(lab.folder, "dangling.jsonl"));
    assert.equal((await lab.show('await (await rounds.open("loop")).count()'))["text/plain"], "1");
    for (const link of ["self.jsonl", "dangling.jsonl"]) {
      const { name, message } = await lab.fail(`await rounds.open("${link}")`);
      assert.equal(name, "DataError");
      assert.match(message, /is a link that leads to no file/u);
    }
  });

  it("has signs of SQL, of globs and of lines in its name and its columns", async () => {
    const name = 'it\'s; DROP TABLE "x" --\n[1] {a,b}*? é😀.jsonl';
    const columns = [
      'q"uote',
      "semi;colon",
      "new\nline",
      "é😀",
      "this",
      "select",
      "rounds row",
      "--",
      "$1",
      "?",
      "'",
    ];
    write(name, `${JSON.stringify(Object.fromEntries(columns.map((column, index) => [column, index])))}\n`);
    await lab.run(`const odd = await rounds.open(${JSON.stringify(name)})`);
    for (const verb of [
      "odd",
      'odd.where("this = 4")',
      "odd.sample(1, { seed: 1 })",
      'odd.orderBy("select")',
    ]) {
      const { outputs } = await lab.run(`console.log(JSON.stringify(await ${verb}.rows()))`);
      const expected = Object.fromEntries(columns.map((column, index) => [column, index]));
      assert.deepEqual(JSON.parse(streamText(outputs, "stdout")), [expected]);
    }
    await lab.show("await odd.profile()");
  });
});

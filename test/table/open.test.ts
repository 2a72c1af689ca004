import assert from "node:assert/strict";
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { setDatasetResolver } from "../../lib/table/datasets.ts";
import { open } from "../../lib/table/open.ts";

const golden = join(import.meta.dirname, "../golden/table");
const folder = mkdtempSync(join(tmpdir(), "rounds-open-"));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** What pyarrow said the rows were, with the texts in which it writes what JSON has no sign for. */
const expected = JSON.parse(readFileSync(join(golden, "types.json"), "utf8")) as Record<string, unknown>[];

function asJson(row: Record<string, unknown>): Record<string, unknown> {
  const amount = row["amount"] as number | null;
  const entries = Object.entries(row).map(([name, value]) => {
    if (value instanceof Uint8Array) return [name, { bytes: Buffer.from(value).toString("hex") }];
    if (value instanceof Map) return [name, [...value]];
    if ((name === "big" || name === "unsigned") && value !== null) return [name, String(value)];
    return [name, value];
  });
  const at = row["at_utc"] as string | null;
  const zoned =
    at === null
      ? null
      : `${at
          .replace("Z", "")
          .padEnd(19)
          .replace(/(\.\d+)?$/u, (part) => part.padEnd(7, "0"))}+00:00`;
  return {
    ...Object.fromEntries(entries),
    amount: amount === null ? null : amount.toFixed(2),
    at_utc: zoned,
  };
}

describe("open", () => {
  for (const name of ["types-lz4.feather", "types-zstd.arrow", "types-plain.arrows", "types.parquet"]) {
    it(`reads ${name} as pyarrow wrote it`, async () => {
      const table = await open(join(golden, name));
      assert.equal(await table.count(), expected.length);
      assert.deepEqual((await table.rows()).map(asJson), expected);
    });
  }

  it("knows the types of Arrow and Parquet files without reading their rows", async () => {
    const types = Object.fromEntries(
      (await (await open(join(golden, "types-lz4.feather"))).columns()).map(({ name, type }) => [name, type]),
    );
    assert.deepEqual(types, {
      id: "BIGINT",
      small: "TINYINT",
      big: "BIGINT",
      unsigned: "UBIGINT",
      score: "DOUBLE",
      single: "FLOAT",
      flag: "BOOLEAN",
      text: "VARCHAR",
      source: "VARCHAR",
      day: "DATE",
      at: "TIMESTAMP",
      at_utc: "TIMESTAMP WITH TIME ZONE",
      amount: "DECIMAL(12,2)",
      bytes: "BLOB",
      labels: "VARCHAR[]",
      vector: "FLOAT[2]",
      meta: 'STRUCT("year" INTEGER, journal VARCHAR)',
      mesh: "MAP(VARCHAR, BIGINT)",
    });
  });

  const lines = '{"id":"a","n":1}\n{"id":"b","n":2.5}\n';
  const texts: [string, string | Uint8Array][] = [
    ["plain.jsonl", lines],
    ["plain.ndjson", lines],
    ["packed.jsonl.gz", gzipSync(lines)],
    ["packed.jsonl.zst", zstdCompressSync(lines)],
    [
      "two-members.jsonl.gz",
      Buffer.concat([gzipSync('{"id":"a","n":1}\n'), gzipSync('{"id":"b","n":2.5}\n')]),
    ],
    ["lines.json", lines],
    ["list.json", '[{"id":"a","n":1},\n {"id":"b","n":2.5}]'],
    ["several-lines.json", '{"id":"a",\n"n":1}\n{"id":"b","n":\n2.5}'],
    ["comma.csv", "id,n\na,1\nb,2.5\n"],
    ["semicolon.csv", 'id;n\r\n"a";1\r\n"b";2.5\r\n'],
    ["mark.csv", "\uFEFFid,n\na,1\nb,2.5\n"],
    ["packed.csv.zst", zstdCompressSync("id,n\na,1\nb,2.5\n")],
    ["tabs.tsv", "id\tn\na\t1\nb\t2.5\n"],
    ["a [1] file's*name?.jsonl", lines],
    ["no-extension", lines],
  ];
  for (const [name, content] of texts) {
    it(`reads ${name}`, async () => {
      const table = await open<{ id: string; n: number }>(write(name, content));
      assert.deepEqual(await table.rows(), [
        { id: "a", n: 1 },
        { id: "b", n: 2.5 },
      ]);
    });
  }

  it("takes an option that is undefined for one that is left out", async () => {
    const path = write("tabs.tsv", "id\ta,b,c\na\t1\n");
    assert.deepEqual(await (await open(path, { delimiter: undefined })).rows(), [{ id: "a", "a,b,c": 1 }]);
  });

  it("reads a folder, a glob and a list of files as one table, in the order of names", async () => {
    write("parts/b.jsonl", '{"part":"b"}\n');
    write("parts/a.jsonl", '{"part":"a","extra":1}\n');
    write("parts/README.md", "not data");
    write("parts/_SUCCESS.jsonl", "not data");
    const rows = [
      { part: "a", extra: 1 },
      { part: "b", extra: null },
    ];
    assert.deepEqual(await (await open(join(folder, "parts"))).rows(), rows);
    assert.deepEqual(await (await open(join(folder, "parts/[ab].jsonl"))).rows(), rows);
    const list = [join(folder, "parts/a.jsonl"), join(folder, "parts/b.jsonl")];
    assert.deepEqual(await (await open(list)).rows(), rows);
  });

  it("turns an object of objects into rows with the key as a column", async () => {
    const path = write(
      "keyed.json",
      '{"21645374": {"year": "2011", "labels": ["A"]}, "9": {"year": "2012", "labels": []}}',
    );
    assert.deepEqual(await (await open(path, { keyed: "pmid" })).rows(), [
      { pmid: "21645374", year: "2011", labels: ["A"] },
      { pmid: "9", year: "2012", labels: [] },
    ]);
  });

  it("finds keys and types that come after thousands of lines", async () => {
    const early = '{"n":1}\n'.repeat(30_000);
    const table = await open(write("late.jsonl", `${early}{"n":2.5,"late":"x"}\n`));
    assert.deepEqual(await table.columns(), [
      { name: "n", type: "DOUBLE" },
      { name: "late", type: "VARCHAR" },
    ]);
    assert.deepEqual(await table.tail(1), [{ n: 2.5, late: "x" }]);
  });

  it("leaves texts that look like dates, codes or identifiers as they are", async () => {
    const json = await open(
      write("dates.jsonl", '{"day":"2020-01-31","id":"550e8400-e29b-41d4-a716-446655440000"}\n'),
    );
    assert.deepEqual(await json.rows(), [{ day: "2020-01-31", id: "550e8400-e29b-41d4-a716-446655440000" }]);
    const csv = await open(
      write("codes.csv", "code,sex,big,day\n007,F,12345678901234567890,2020-01-31\n008,F,1,2020-02-01\n"),
    );
    assert.deepEqual(await csv.head(1), [
      { code: "007", sex: "F", big: "12345678901234567890", day: "2020-01-31" },
    ]);
  });

  it("reads a column of mixed types as text where that is declared", async () => {
    const path = write("declared.jsonl", '{"year":1999}\n{"year":"about 2000"}\n{"year":[1]}\n');
    const table = await open(path, { types: { year: "VARCHAR" } });
    assert.deepEqual(await table.rows(), [{ year: "1999" }, { year: "about 2000" }, { year: "[1]" }]);
  });

  it("reads a table of 2,000 columns", async () => {
    const record = (add: number) =>
      JSON.stringify(
        Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`c${index}`, index + add])),
      );
    const table = await open<Record<string, number>>(write("wide.jsonl", `${record(0)}\n${record(1)}\n`));
    assert.equal((await table.columns()).length, 2000);
    assert.equal((await table.tail(1))[0]!["c1999"], 2000);
  });

  it("takes names, words, sensitivity and layout from the catalogue", async () => {
    const path = write("labelled.json", '{"1":{"final_decision":"yes"}}');
    setDatasetResolver({
      names: () => ["pubmedqa-labelled", "medqa-test"],
      resolve: () =>
        Promise.resolve({ path, source: "labelled (sample)", sensitivity: "restricted", keyed: "pmid" }),
    });
    try {
      const table = await open("pubmedqa-labelled");
      assert.deepEqual(await table.rows(), [{ pmid: "1", final_decision: "yes" }]);
      assert.equal(table.sensitivity, "restricted");
      assert.equal(table.source, "labelled (sample)");
      for (const sensitivity of ["public", undefined] as const) {
        const again = await open("pubmedqa-labelled", { sensitivity });
        assert.equal(again.sensitivity, "restricted", "an option makes no restricted data public");
      }
      await assert.rejects(open("pubmedqa-labeled"), {
        name: "ArgumentError",
        message: /one of pubmedqa-labelled, medqa-test \(did you mean pubmedqa-labelled\?\)/u,
      });
    } finally {
      setDatasetResolver({ names: () => [], resolve: () => Promise.reject(new Error("no catalogue")) });
    }
  });
});

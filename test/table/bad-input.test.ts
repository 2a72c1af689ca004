import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { open } from "../../lib/table/open.ts";
import type { OpenOptions } from "../../lib/table/open.ts";

const golden = join(import.meta.dirname, "../golden/table");
const folder = mkdtempSync(join(tmpdir(), "rounds-bad-"));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => `${line(index)}\n`).join("");

const numbers = lines(30_000, (index) => `{"n":${index}}`);

interface BadFile {
  readonly what: string;
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly message: RegExp;
  readonly row?: number;
  readonly options?: OpenOptions;
}

const badFiles: readonly BadFile[] = [
  { what: "an empty file", name: "empty.jsonl", content: "", message: /empty\.jsonl is empty \(0 bytes\)/u },
  {
    what: "a broken line late in JSON Lines",
    name: "broken.jsonl",
    content: `${numbers}{"n":1, "te\n{"n":2}\n`,
    message: /broken\.jsonl, line 30001: not JSON .*: \{"n":1, "te$/u,
    row: 30_001,
  },
  {
    what: "a broken line in compressed JSON Lines",
    name: "broken.jsonl.gz",
    content: gzipSync('{"n":1}\n\n{"n":}\n'),
    message: /line 3: not JSON/u,
    row: 3,
  },
  {
    what: "text that is not UTF-8",
    name: "latin1.jsonl",
    content: Buffer.from('{"n":"caf\xe9"}\n', "latin1"),
    message: /line 1: not JSON \(text that is not UTF-8\)/u,
    row: 1,
  },
  {
    what: "a column that changes type midway",
    name: "mixed.jsonl",
    content: `${numbers}{"n":"many"}\n`,
    message:
      /mixed\.jsonl, line 30001: column "n" holds number and string: "many" is of type string, .* of type number\. .*"VARCHAR"/u,
    row: 30_001,
  },
  {
    what: "keys that differ in case alone",
    name: "case.jsonl",
    content: '{"a":1,"A":2}\n',
    message: /case alone/u,
  },
  {
    what: "gzip cut short at the end of a line",
    name: "cut.jsonl.gz",
    content: gzipSync(numbers, { level: 0 }).subarray(0, 40_000),
    message: /cut\.jsonl\.gz is a damaged gzip file: unexpected end of file/u,
  },
  {
    what: "gzip with a wrong checksum",
    name: "checksum.jsonl.gz",
    content: (() => {
      const packed = gzipSync(numbers);
      packed[packed.length - 6]! ^= 255;
      return packed;
    })(),
    message: /damaged gzip file: incorrect data check/u,
  },
  {
    what: "zstd cut short",
    name: "cut.jsonl.zst",
    content: zstdCompressSync(numbers).subarray(0, 200),
    message: /damaged zstd file: unexpected end of file/u,
  },
  {
    what: "a name of gzip on plain text",
    name: "plain.jsonl.gz",
    content: numbers,
    message: /is not a gzip file: its first bytes are 7b 22 6e 22/u,
  },
  {
    what: "truncated Parquet",
    name: "cut.parquet",
    content: readFileSync(join(golden, "types.parquet")).subarray(0, 5000),
    message: /cut\.parquet is not a whole Parquet file/u,
  },
  {
    what: "a truncated Arrow file",
    name: "cut.feather",
    content: readFileSync(join(golden, "types-lz4.feather")).subarray(0, 9000),
    message: /cut\.feather is cut short: no Arrow footer/u,
  },
  {
    what: "an Arrow file that is text",
    name: "text.arrow",
    content: "hello, world",
    message: /text\.arrow is not a whole Arrow file/u,
  },
  {
    what: "CSV with a field too many",
    name: "long.csv",
    content: `a,b\n${lines(3000, (index) => (index === 2500 ? "1,2,3" : "1,2"))}`,
    message: /Expected Number of Columns: 2 Found: 3/u,
    row: 2502,
  },
  {
    what: "CSV with a field too few",
    name: "short.csv",
    content: "a,b,c\n1,2,3\n4,5\n",
    message: /Expected Number of Columns: 3 Found: 2/u,
    row: 3,
  },
  {
    what: "CSV with an open quote",
    name: "quote.csv",
    content: 'a,b\n1,2\n3,"open\n4,5\n',
    message: /unterminated quote/u,
    row: 3,
  },
  {
    what: "CSV whose header has an open quote",
    name: "header.csv",
    content: `a,"b\n${lines(200_000, () => "1,2")}`,
    message: /the quote that opens in its first line is never closed/u,
    row: 1,
  },
  {
    what: "a JSON list where an object of objects is asked for",
    name: "list.json",
    content: "[1,2]",
    message: /list\.json/u,
    options: { keyed: "pmid" },
  },
  {
    what: "a file of no known format",
    name: "notes.docx",
    content: "PK",
    message: /notes\.docx: no known format.*parquet/u,
  },
];

describe("bad input", () => {
  for (const { what, name, content, message, row, options } of badFiles) {
    it(`names ${what}`, async () => {
      const path = write(name, content);
      await assert.rejects(
        open(path, options).then((table) => table.count()),
        { name: "DataError", message, path, ...(row === undefined ? {} : { row }) },
      );
    });
  }

  it("lists what is near a missing file", async () => {
    write("abstracts.jsonl", numbers);
    await assert.rejects(open(join(folder, "abstract.jsonl")), {
      name: "DataError",
      message: /no file .*abstract\.jsonl; did you mean .*abstracts\.jsonl\? The folder holds /u,
    });
    await assert.rejects(open(join(folder, "nowhere/a.jsonl")), { message: /there is no folder .*nowhere/u });
    await assert.rejects(open(join(folder, "*.nothing")), { message: /no file matches .*\*\.nothing/u });
  });

  it("names two formats in one list of files", async () => {
    const files = [write("one.jsonl", numbers), write("two.csv", "n\n1\n")];
    await assert.rejects(open(files), {
      name: "DataError",
      message: /one\.jsonl is jsonl, .*two\.csv is csv/u,
    });
  });

  it("names CSV files and Parquet files whose columns differ", async () => {
    const csv = [write("first.csv", "a,b\n1,2\n"), write("second.csv", "b,a\n1,2\n")];
    await assert.rejects(open(csv), {
      name: "DataError",
      message: /first\.csv has a, b; .*second\.csv has b, a/u,
    });
    const number = join(folder, "number.parquet");
    const text = join(folder, "text.parquet");
    await (await open(write("n.jsonl", '{"n":1}\n'))).writeParquet(number);
    await (await open(write("t.jsonl", '{"n":"x"}\n'))).writeParquet(text);
    await assert.rejects(open([number, text]), {
      name: "DataError",
      message: /column "n" is .* in .* and .* in /u,
    });
  });

  it("lists the right names for a wrong option or column", async () => {
    const path = write("right.jsonl", '{"year":1}\n');
    await assert.rejects(open(path, { tpyes: {} } as OpenOptions), { message: /did you mean types\?/u });
    await assert.rejects(open(path, { types: { yaer: "VARCHAR" } }), { message: /did you mean year\?/u });
    await assert.rejects(open(path, { format: "xml" as "csv" }), { message: /one of parquet, jsonl/u });
  });

  it("reads a value of 50 MB, and shows its beginning without moving the rest", async () => {
    const value = "x".repeat(50_000_000);
    for (const path of [
      write("large.csv", `id,text\n1,${value}\n`),
      write("large.jsonl", `{"id":1,"text":"${value}"}\n`),
    ]) {
      const table = await open(path);
      const clipped = table.sql("SELECT id, length(text) AS length, left(text, 3) AS start FROM this");
      assert.deepEqual(await clipped.rows(), [{ id: 1, length: 50_000_000, start: "xxx" }]);
    }
  });
});

import assert from "node:assert/strict";
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { SeededRandom } from "../../../lib/core/seeded-random.ts";
import { cutRepeatedSpans } from "../../../lib/corpus/exact-spans/cut-repeated-spans.ts";
import {
  removeRepeatedSpans,
  type RemoveRepeatedSpansOptions,
} from "../../../lib/corpus/exact-spans/remove-repeated-spans.ts";
import { threadRoom } from "../../../lib/corpus/exact-spans/plan.ts";
import { temporaryFolder } from "../near-duplicates/duplicate-cases.ts";
import { repetitiveTexts } from "./cases.ts";

const linesOf = (texts: readonly string[], firstId = 0) =>
  texts.map((text, place) => `${JSON.stringify({ id: firstId + place, text })}\n`);

/** Write files, remove what repeats, read the results. */
async function remove(
  folder: string,
  files: readonly (string | Buffer)[],
  options: Partial<RemoveRepeatedSpansOptions> = {},
) {
  const inputs = files.map((content, place) => {
    const path = join(folder, `input-${place}.jsonl`);
    writeFileSync(path, content);
    return path;
  });
  const [output, spans] = [join(folder, "out.jsonl"), join(folder, "spans.jsonl")];
  const report = await removeRepeatedSpans(inputs, { workers: 1, output, spans, ...options });
  const read = (path: string) => (existsSync(path) ? readFileSync(path) : undefined);
  return { report, output: read(output), spans: read(spans)!.toString() };
}

/** Texts of 2 kB of words; a third of them hold one of five passages of 700 bytes. */
function planted(count: number): string[] {
  const random = new SeededRandom("planted spans");
  const words = (bytes: number) => {
    let text = "";
    while (text.length < bytes) text += `${random.integer(0, 1e9).toString(36)} `;
    return text.slice(0, bytes);
  };
  const passages = Array.from({ length: 5 }, () => words(700));
  return Array.from({ length: count }, () => {
    const [before, after] = [words(random.integer(0, 2000)), words(random.integer(0, 2000))];
    return random.chance(1 / 3) ? before + random.choice(passages) + after : before + after;
  });
}

describe("removeRepeatedSpans", () => {
  it("gives for files what is removed in memory, however they are cut", async (test) => {
    const folder = temporaryFolder(test);
    const setting = fc.record({
      minimumBytes: fc.integer({ min: 1, max: 40 }),
      keep: fc.constantFrom("first" as const, "none" as const),
      cut: fc.nat(8),
    });
    await fc.assert(
      fc.asyncProperty(repetitiveTexts, setting, async (texts, { minimumBytes, keep, cut }) => {
        const lines = linesOf(texts);
        const files = [lines.slice(0, cut).join(""), lines.slice(cut).join("")];
        const { report, output, spans } = await remove(folder, files, { minimumBytes, keep });
        const documents = texts.map((text, id) => ({ id, text }));
        const expected = cutRepeatedSpans(documents, { minimumBytes, keep });
        const kept = expected.documents.map((document) => `${JSON.stringify(document)}\n`);
        assert.equal(output!.toString(), kept.join(""));
        const spanLines = expected.spans.flatMap((some, id) =>
          some.map((span) => `${JSON.stringify({ id, ...span })}\n`),
        );
        assert.equal(spans, spanLines.join(""));
        for (const [name, count] of Object.entries(expected.report)) {
          assert.equal(report[name as keyof typeof report], count, name);
        }
      }),
      { numRuns: 12 },
    );
  });

  it("gives the same bytes for any number of threads and any memory", async (test) => {
    const folder = temporaryFolder(test);
    // 17 MB: more than the quarter of 64 MB that texts may take.
    const texts = planted(8000);
    const files = [linesOf(texts).join("")];
    const one = await remove(folder, files, { memoryBytes: 2e9 });
    assert.ok(one.report.spans > 2000 && one.report.changed > 2000);
    const two = await remove(folder, files, { memoryBytes: 64e6, workers: 2, shards: 3 });
    assert.ok(one.output!.equals(two.output!));
    assert.equal(two.spans, one.spans);
    // How much is read at a time shows in the size of what lies between.
    const result = ({ report }: typeof one) => ({ ...report, seconds: 0, spillBytes: 0 });
    assert.deepEqual(result(two), result(one));
    const expected = cutRepeatedSpans(texts.map((text) => ({ text })));
    assert.equal(one.report.removedBytes, expected.report.removedBytes);
  });

  it("changes the text of a line and no other byte of it", async (test) => {
    const folder = temporaryFolder(test);
    const said = "said before, and said again";
    const lines = [
      `{"id":"a", "score": 1.0, "text":"${said}", "n": 12345678901234567890}`,
      `{"text":"old", "id":"b","2":[{"text":"${said}"}],"1":null ,"t\\u0065xt" : "Yes: ${said}\\u0021" } `,
      "",
      `{"id":"c","text":"${said}"}\r`,
      `{"id":"d","text":"as it is \\u00e9 \\/"}`,
    ];
    const { report, output, spans } = await remove(folder, [`\uFEFF${lines.join("\n")}`], {
      minimumBytes: 20,
    });
    assert.deepEqual(output!.toString().split("\n"), [
      lines[0],
      `{"text":"old", "id":"b","2":[{"text":"${said}"}],"1":null ,"t\\u0065xt" : "Yes: !" } `,
      lines[4],
      "",
    ]);
    assert.deepEqual(spans.trimEnd().split("\n"), [
      `{"id":"a","start":0,"end":27}`,
      `{"id":"b","start":5,"end":32}`,
      `{"id":"c","start":0,"end":27}`,
    ]);
    const { documents, kept, emptied, changed, blankLines } = report;
    assert.deepEqual([documents, kept, emptied, changed, blankLines], [4, 3, 1, 1, 1]);
  });

  it("only reports when that is asked for", async (test) => {
    const folder = temporaryFolder(test);
    const texts = planted(60);
    const { report, output, spans } = await remove(folder, [linesOf(texts).join("")], { reportOnly: true });
    assert.equal(output, undefined);
    assert.equal(spans.trimEnd().split("\n").length, report.spans);
    assert.deepEqual([report.kept, report.removedBytes, report.changed], [60, 0, 0]);
    assert.equal(report.setting.reportOnly, true);
    assert.deepEqual(readdirSync(folder).toSorted(), ["input-0.jsonl", "spans.jsonl"]);
  });

  it("takes bytes that are not UTF-8 and half characters as U+FFFD, and warns", async (test) => {
    const folder = temporaryFolder(test);
    const line = (id: number, bytes: Buffer) =>
      Buffer.concat([Buffer.from(`{"id":${id},"text":"`), bytes, Buffer.from('"}\n')]);
    const broken = Buffer.from("broken \xff\xfe text", "latin1");
    const content = Buffer.concat([
      line(0, broken),
      line(1, Buffer.concat([broken, Buffer.from(" and more")])),
      line(2, Buffer.from("half \\ud800")),
    ]);
    const { report, output, spans } = await remove(folder, [content], { minimumBytes: 15 });
    assert.deepEqual(
      output,
      Buffer.concat([
        line(0, broken),
        line(1, Buffer.from(" and more")),
        line(2, Buffer.from("half \\ud800")),
      ]),
    );
    assert.match(spans, /^\{"id":0,"start":0,"end":18\}\n\{"id":1,"start":0,"end":18\}\n$/u);
    assert.match(
      report.warnings[0]!,
      /^2 lines hold bytes that are not UTF-8, the first at .*input-0\.jsonl, line 1;/u,
    );
    assert.match(report.warnings[1]!, /^1 texts hold half a surrogate pair/u);
  });

  it("takes a long run of one byte as it takes anything", async (test) => {
    const folder = temporaryFolder(test);
    const run = "-".repeat(3_000_000);
    const { report, output, spans } = await remove(folder, [linesOf([`a${run}b`, "c"]).join("")]);
    assert.equal(spans, `{"id":0,"start":1,"end":3000001}\n`);
    assert.equal(output!.toString(), linesOf([`a${"-".repeat(400)}b`, "c"]).join(""));
    assert.ok(report.spillBytes < 1.1 * report.inputBytes);
  });

  it("has an empty result for an empty input", async (test) => {
    const folder = temporaryFolder(test);
    for (const files of [[""], ["\n\r\n", ""]]) {
      const { report, output, spans } = await remove(folder, files);
      assert.deepEqual([report.documents, output!.length, spans], [0, 0, ""]);
    }
  });

  it("refuses what it cannot do, and leaves nothing behind", async (test) => {
    const folder = temporaryFolder(test);
    const good = linesOf(["one", "two"]).join("");
    const refuses = async (
      files: string[],
      options: Partial<RemoveRepeatedSpansOptions>,
      message: RegExp,
    ) => {
      await assert.rejects(remove(folder, files, options), message);
      assert.deepEqual(
        readdirSync(folder).filter((name) => !name.startsWith("input")),
        [],
      );
    };
    await refuses(
      [good, linesOf(["three"], 1).join("")],
      {},
      /input-1\.jsonl, line 1: the identifier 1 is that of .*input-0\.jsonl, line 2/u,
    );
    await refuses([`${good}oops\n`], {}, /input-0\.jsonl, line 3: not JSON/u);
    await refuses(
      [`${good}{"id":3}\n`],
      {},
      /line 3: no "text"; the properties are id; --field names another/u,
    );
    await refuses(
      [good],
      { minimumBytes: 0 },
      /"minimumBytes" must be a whole number from 1 to 65536, got 0/u,
    );
    await refuses([good], { output: undefined }, /"output" must be a path, unless reportOnly is true/u);
    await refuses(
      [good],
      { output: join(folder, "input-0.jsonl") },
      /"output" must be a path of its own, not that of an input/u,
    );
    await refuses([good], { keep: "last" as never }, /"keep" must be one of "first", "none", got "last"/u);
    await assert.rejects(
      removeRepeatedSpans(join(folder, "none"), { spans: join(folder, "s"), reportOnly: true }),
      /none is not there/u,
    );
  });

  it("says before it begins how much memory would do", async (test) => {
    const folder = temporaryFolder(test);
    const lines = Array.from({ length: 700_000 }, (_, id) => `{"id":${id},"text":"${id}"}\n`).join("");
    let hasBegun = false;
    await assert.rejects(
      remove(folder, [lines], { memoryBytes: 64e6, onProgress: () => (hasBegun = true) }),
      /^DataError: \d+ documents or so, by samples of the input, need more than the 0\.064 GB of memory allowed; 0\.\d GB would do/u,
    );
    assert.deepEqual([hasBegun, readdirSync(folder)], [false, ["input-0.jsonl"]]);
    const inputs = [{ path: "corpus.jsonl", bytes: 200e9, changedAt: 0 }];
    const plan = { inputs, fields: { field: "text", id: "id" }, keep: "first", shards: 500 } as const;
    assert.deepEqual(threadRoom({ ...plan, minimumBytes: 400 }, 2e9, 4), { partsAtATime: 1, threads: 2 });
    assert.throws(
      () => threadRoom({ ...plan, minimumBytes: 20 }, 2e9, 4),
      /^DataError: 200 GB of input need \d+(\.\d)? GB of memory with runs of 20 bytes, and 2 GB are allowed; allow more/u,
    );
  });

  it("stops when it is told to, and when an input changes", async (test) => {
    const folder = temporaryFolder(test);
    const lines = linesOf(planted(100)).join("");
    const stop = new AbortController();
    const aborted = remove(folder, [lines], {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error("enough")),
    });
    await assert.rejects(aborted, /^Error: enough$/u);
    let isChanged = false;
    const changed = remove(folder, [lines], {
      onProgress: ({ step }) => {
        if (step === "match" && !isChanged) appendFileSync(join(folder, "input-0.jsonl"), lines);
        isChanged ||= step === "match";
      },
    });
    await assert.rejects(changed, /input-0\.jsonl was changed while it was read/u);
    assert.deepEqual(readdirSync(folder), ["input-0.jsonl"]);
  });
});

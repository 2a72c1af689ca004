/** `npm run -s rounds -- spans` as a user types it, from a folder of their own. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { projectNode, projectRoot } from "../../setup/paths.mjs";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { rounds, startRounds } from "./run-rounds.ts";

const words = (first: number, count: number) =>
  Array.from({ length: count }, (_, place) => `word ${first + place}`).join(" ");
const lineOf = (id: number, content: string) => `${JSON.stringify({ pmid: id, body: content })}\n`;

const files = ["--input", "in.jsonl", "--output", "out.jsonl", "--spans", "spans.jsonl"];
const fields = ["--id", "pmid", "--field", "body"];

describe("rounds spans", () => {
  it("reads and writes beside the user, and reports in JSON", async (test) => {
    const folder = temporaryFolder(test);
    const passage = ` ${words(1000, 60)}.`;
    const texts = [`First,${passage}`, `Another one:${passage} Its end.`, passage];
    writeFileSync(
      join(folder, "a.jsonl"),
      texts
        .slice(0, 2)
        .map((body, id) => lineOf(id, body))
        .join(""),
    );
    writeFileSync(join(folder, "b.jsonl"), lineOf(2, passage));
    const paths = ["--input", "a.jsonl", "b.jsonl", "--output", "out/kept.jsonl", "--spans", "spans.jsonl"];
    const setting = ["--min-bytes", "400", "--memory", "512MB", "--workers", "2"];
    const { code, stdout, stderr } = await rounds(folder, "spans", ...paths, ...setting, ...fields);
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout);
    assert.deepEqual([report.documents, report.kept, report.emptied, report.changed], [3, 2, 1, 1]);
    assert.equal(report.textBytes, report.keptBytes + report.removedBytes);
    assert.deepEqual(report.setting, { minimumBytes: 400, keep: "first", reportOnly: false });
    assert.equal(
      readFileSync(join(folder, "out", "kept.jsonl"), "utf8"),
      lineOf(0, texts[0]!) + lineOf(1, "Another one: Its end."),
    );
    const spans = [6, 12, 0].map((start, id) => ({ id, start, end: start + passage.length }));
    assert.equal(
      readFileSync(join(folder, "spans.jsonl"), "utf8"),
      spans.map((span) => `${JSON.stringify(span)}\n`).join(""),
    );
  });

  it("removes every occurrence, or only reports, when that is asked for", async (test) => {
    const folder = temporaryFolder(test);
    const passage = words(0, 40);
    writeFileSync(join(folder, "in.jsonl"), lineOf(0, `${passage}!`) + lineOf(1, `${passage}?`));
    const all = await rounds(folder, "spans", ...files, ...fields, "--min-bytes", "100", "--keep", "none");
    assert.equal(all.code, 0, all.stderr);
    assert.equal(readFileSync(join(folder, "out.jsonl"), "utf8"), lineOf(0, "!") + lineOf(1, "?"));
    const spans = readFileSync(join(folder, "spans.jsonl"), "utf8");
    const onlyReport = [
      "--input",
      "in.jsonl",
      "--spans",
      "again.jsonl",
      "--min-bytes",
      "100",
      "--report-only",
    ];
    const reported = await rounds(folder, "spans", ...onlyReport, ...fields);
    assert.equal(reported.code, 0, reported.stderr);
    assert.equal(readFileSync(join(folder, "again.jsonl"), "utf8"), spans);
    assert.equal(JSON.parse(reported.stdout).removedBytes, 0);
    assert.deepEqual(readdirSync(folder).toSorted(), ["again.jsonl", "in.jsonl", "out.jsonl", "spans.jsonl"]);
  });

  it("says what is wrong with a command line, and what is right", async (test) => {
    const folder = temporaryFolder(test);
    writeFileSync(join(folder, "in.jsonl"), `${lineOf(0, "one")}oops\n`);
    const fails = async (parameters: string[], exitCode: number, message: RegExp) => {
      const { code, stdout, stderr } = await rounds(folder, ...parameters);
      assert.match(stderr, message);
      assert.deepEqual([code, stdout], [exitCode, ""]);
    };
    await fails(["spans", ...files.slice(0, 4)], 2, /--spans is missing\n\nnpm run -s rounds -- spans/u);
    await fails(["spans", ...files.slice(0, 2), ...files.slice(4)], 2, /--output is missing/u);
    await fails(["spans", ...files, "--min-bytes", "many"], 2, /--min-bytes must be a number, got "many"/u);
    await fails(["spans", ...files, "--min-bytes", "0"], 1, /--min-bytes must be a whole number from 1/u);
    await fails(["spans", ...files, ...fields], 1, /in\.jsonl, line 2: not JSON/u);
    assert.deepEqual(readdirSync(folder), ["in.jsonl"]);
    assert.match((await rounds(folder, "spans", "--help")).stdout, /--keep first\|none/u);
  });

  it("says that the disk is full, and leaves nothing half-written", { timeout: 60_000 }, async (test) => {
    const folder = temporaryFolder(test);
    const texts = Array.from({ length: 400 }, (_, place) => words(place * 500, 500));
    writeFileSync(join(folder, "in.jsonl"), texts.map((body, id) => lineOf(id, body)).join(""));
    // Files may have 1 MB, the texts have two. Blocks of ulimit are 1,024 bytes.
    const program = [projectNode, join(projectRoot, "commands", "rounds.ts"), "spans", ...files, ...fields];
    const limited = spawn("bash", ["-c", 'ulimit -f 1000; exec "$@"', "bash", ...program], {
      env: { ...process.env, INIT_CWD: folder },
      timeout: 120_000,
    });
    const closed = once(limited, "close");
    const stderr = await text(limited.stderr);
    assert.deepEqual(await closed, [1, null], stderr);
    assert.match(stderr, /texts\.bin: the file may not grow further; no result was changed\. Make room/u);
    assert.deepEqual(readdirSync(folder), ["in.jsonl"]);
  });

  for (const [signal, exitCode] of [
    ["SIGINT", 130],
    ["SIGKILL", null],
  ] as const) {
    it(
      `leaves no half-written result after ${signal}, and works when run again`,
      { timeout: 60_000 },
      async (test) => {
        const folder = temporaryFolder(test);
        const texts = Array.from({ length: 9000 }, (_, place) => words(place * 500, 300));
        writeFileSync(
          join(folder, "in.jsonl"),
          [...texts, texts[0]!].map((body, id) => lineOf(id, body)).join(""),
        );
        const child = startRounds(folder, ["spans", ...files, ...fields]);
        const closed = once(child, "close");
        // The first progress line comes when the work has begun.
        await Promise.race([once(child.stderr, "data"), closed]);
        child.kill(signal);
        const [code] = (await closed) as [number | null];
        assert.equal(code, exitCode);
        assert.ok(!existsSync(join(folder, "out.jsonl")) && !existsSync(join(folder, "spans.jsonl")));
        const again = await rounds(folder, "spans", ...files, ...fields);
        assert.equal(again.code, 0, again.stderr);
        assert.equal(JSON.parse(again.stdout).emptied, 1);
        assert.equal(
          readFileSync(join(folder, "out.jsonl"), "utf8"),
          texts.map((body, id) => lineOf(id, body)).join(""),
        );
      },
    );
  }
});

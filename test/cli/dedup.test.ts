/** `npm run -s rounds -- dedup` as a user types it, from a folder of their own. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { linesOf, temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { rounds, startRounds } from "./run-rounds.ts";

const words = (first: number, count: number) =>
  Array.from({ length: count }, (_, place) => `w${first + place}`).join(" ");

describe("rounds dedup", () => {
  it("reads and writes beside the user, and reports in JSON", async (test) => {
    const folder = temporaryFolder(test);
    const texts = [words(0, 50), words(100, 50), `${words(0, 50)} more`];
    writeFileSync(join(folder, "a.jsonl"), linesOf(texts.slice(0, 2)).replaceAll('"id"', '"doi"'));
    writeFileSync(join(folder, "b.jsonl"), linesOf(texts.slice(2), 2).replaceAll('"id"', '"doi"'));
    const files = [
      "--input",
      "a.jsonl",
      "b.jsonl",
      "--output",
      "out/kept.jsonl",
      "--removed",
      "removed.jsonl",
    ];
    const options = [
      "--preset",
      "fast",
      "--id",
      "doi",
      "--memory",
      "512MB",
      "--workers",
      "2",
      "--pairs",
      "pairs.jsonl",
    ];
    const { code, stdout, stderr } = await rounds(folder, "dedup", ...files, ...options);
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout);
    assert.deepEqual([report.documents, report.kept, report.removed, report.pairs], [3, 2, 1, 1]);
    assert.deepEqual(report.clusters, { count: 1, largest: [{ kept: 0, size: 2, lowestJaccard: 46 / 47 }] });
    assert.equal(
      readFileSync(join(folder, "out", "kept.jsonl"), "utf8"),
      readFileSync(join(folder, "a.jsonl"), "utf8"),
    );
    const removed = readFileSync(join(folder, "removed.jsonl"), "utf8");
    assert.deepEqual(JSON.parse(removed), { id: 2, kept: 0, jaccard: 46 / 47, cluster: 0 });
    assert.deepEqual(JSON.parse(readFileSync(join(folder, "pairs.jsonl"), "utf8")), {
      left: 0,
      right: 2,
      jaccard: 46 / 47,
    });
  });

  it("warns on stderr of the setting that the paper prints", async (test) => {
    const folder = temporaryFolder(test);
    writeFileSync(join(folder, "in.jsonl"), linesOf(["one"]));
    const files = ["--input", "in.jsonl", "--output", "out.jsonl", "--removed", "removed.jsonl"];
    const { code, stdout, stderr } = await rounds(
      folder,
      "dedup",
      ...files,
      "--bands",
      "15",
      "--rows",
      "400",
    );
    assert.equal(code, 0);
    assert.match(
      stderr,
      /15 bands of 400 rows find a pair of similarity 0\.85 with a probability of 8\.8e-28/u,
    );
    assert.ok(Math.abs(JSON.parse(stdout).setting.probabilityAtThreshold / 8.8e-28 - 1) < 0.01);
  });

  it("says what is wrong with a command line, and what is right", async (test) => {
    const folder = temporaryFolder(test);
    writeFileSync(join(folder, "in.jsonl"), `${linesOf(["one"])}oops\n`);
    const files = ["--input", "in.jsonl", "--output", "out.jsonl", "--removed", "removed.jsonl"];
    const fails = async (parameters: string[], exitCode: number, message: RegExp) => {
      const { code, stdout, stderr } = await rounds(folder, ...parameters);
      assert.match(stderr, message);
      assert.deepEqual([code, stdout], [exitCode, ""]);
    };
    await fails(["dedupe"], 2, /"command" must be one of .*\(did you mean dedup\?\)/u);
    await fails(["dedup", ...files.slice(0, 4)], 2, /--removed is missing\n\nnpm run -s rounds -- dedup/u);
    await fails(["dedup", ...files, "extra"], 2, /"extra" belongs to no option/u);
    await fails(
      ["dedup", ...files, "--thresold", "1"],
      2,
      /--thresold is no option \(did you mean --threshold\?\)/u,
    );
    await fails(
      ["dedup", ...files, "--memory", "much"],
      2,
      /--memory must be a size such as 2GB or 512MiB, got "much"/u,
    );
    await fails(["dedup", ...files, "--memory", "1"], 1, /--memory must be a whole number >= .*, got 1 /u);
    await fails(["dedup", ...files, "--threshold", "85"], 1, /"threshold" must be in \(0, 1\], got 85/u);
    await fails(["dedup", ...files], 1, /in\.jsonl, line 2: not JSON/u);
    assert.deepEqual(readdirSync(folder), ["in.jsonl"]);
  });

  it("lists its options", async (test) => {
    const folder = temporaryFolder(test);
    assert.match((await rounds(folder, "--help")).stdout, /dedup +remove near-duplicate documents/u);
    assert.match((await rounds(folder, "dedup", "--help")).stdout, /--preset lee\|fast/u);
  });

  for (const [signal, exitCode] of [
    ["SIGINT", 130],
    ["SIGKILL", null],
  ] as const) {
    it(
      `leaves no half-written result after ${signal}, and works when run again`,
      { timeout: 180_000 },
      async (test) => {
        const folder = temporaryFolder(test);
        const texts = Array.from({ length: 9000 }, (_, place) => words(place * 500, 300));
        writeFileSync(join(folder, "in.jsonl"), linesOf([...texts, texts[0]!]));
        const files = ["--input", "in.jsonl", "--output", "out.jsonl", "--removed", "removed.jsonl"];
        const child = startRounds(folder, ["dedup", ...files, "--preset", "lee", "--workers", "1"]);
        const closed = once(child, "close");
        let told = "";
        child.stderr.on("data", (chunk: Buffer) => (told += chunk.toString()));
        // The first progress line comes when the work has begun.
        await Promise.race([once(child.stderr, "data"), closed]);
        child.kill(signal);
        const [code] = (await closed) as [number | null];
        assert.equal(code, exitCode);
        // Finished parts wait in a folder: that nothing was written would be untrue.
        if (signal === "SIGINT")
          assert.match(told, /✖ Interrupted\. The same command again finishes it\.\n$/u);
        assert.ok(!existsSync(join(folder, "out.jsonl")) && !existsSync(join(folder, "removed.jsonl")));
        const again = await rounds(folder, "dedup", ...files, "--preset", "fast");
        assert.equal(again.code, 0, again.stderr);
        assert.equal(readFileSync(join(folder, "out.jsonl"), "utf8"), linesOf(texts));
        assert.match(
          readFileSync(join(folder, "removed.jsonl"), "utf8"),
          /^\{"id":9000,"kept":0,"jaccard":1,"cluster":0\}\n$/u,
        );
      },
    );
  }
});

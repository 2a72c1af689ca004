import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { removeRepeatedSpansInPasses } from "../../../lib/corpus/exact-spans/remove-repeated-spans-in-passes.ts";
import { temporaryFolder } from "../near-duplicates/duplicate-cases.ts";

describe("removeRepeatedSpansInPasses", () => {
  it("finds in a second pass what the first one joined", async (test) => {
    const folder = temporaryFolder(test);
    const path = (name: string) => join(folder, name);
    const long = "A passage of forty letters and some more.";
    // Without the passage the second text is part of the third.
    const texts = [long, `before${long}after!`, "xbeforeafter!y"];
    writeFileSync(path("in"), texts.map((text, id) => `${JSON.stringify({ id, text })}\n`).join(""));
    const passes = [
      { minimumBytes: 40, spans: path("spans-40") },
      { minimumBytes: 10, spans: path("spans-10") },
    ];
    const options = { output: path("out"), passes, workers: 1 };
    const [first, second] = await removeRepeatedSpansInPasses(path("in"), options);
    assert.deepEqual([first!.spans, first!.removedBytes], [2, 41]);
    assert.deepEqual([second!.spans, second!.removedBytes], [2, 12]);
    assert.equal(
      readFileSync(path("out"), "utf8"),
      [long, "beforeafter!", "xy"].map((text, id) => `${JSON.stringify({ id, text })}\n`).join(""),
    );
    assert.equal(
      readFileSync(path("spans-10"), "utf8"),
      '{"id":1,"start":0,"end":12}\n{"id":2,"start":1,"end":13}\n',
    );
    assert.deepEqual(readdirSync(folder).toSorted(), ["in", "out", "spans-10", "spans-40"]);
  });

  it("leaves nothing between when a pass fails", async (test) => {
    const folder = temporaryFolder(test);
    const path = (name: string) => join(folder, name);
    writeFileSync(path("in"), '{"id":1,"text":"once"}\n');
    const passes = [
      { minimumBytes: 40, spans: path("spans") },
      { minimumBytes: 0, spans: path("more") },
    ];
    const failing = removeRepeatedSpansInPasses(path("in"), { output: path("out"), passes, workers: 1 });
    await assert.rejects(failing, /"minimumBytes" must be a whole number from 1 to 65536, got 0/u);
    assert.deepEqual(readdirSync(folder).toSorted(), ["in", "spans"]);
    await assert.rejects(
      removeRepeatedSpansInPasses(path("in"), { output: path("out"), passes: [] }),
      /"passes" must be a list of at least one pass, got an array of 0/u,
    );
  });

  it("goes on after the passes that an interrupted call had finished", async (test) => {
    const folder = temporaryFolder(test);
    const input = join(folder, "in.jsonl");
    const passage = Array.from({ length: 60 }, (_, place) => `word ${place}`).join(" ");
    const texts = [`One ${passage}.`, `Two ${passage}!`, `Three ${passage.slice(0, 150)}?`];
    writeFileSync(input, texts.map((text, id) => `${JSON.stringify({ id, text })}\n`).join(""));
    const run = (name: string, change: object = {}) =>
      removeRepeatedSpansInPasses(input, {
        output: join(folder, `${name}.jsonl`),
        passes: [400, 100].map((minimumBytes) => ({
          minimumBytes,
          spans: join(folder, `${name}-${minimumBytes}.jsonl`),
        })),
        workers: 1,
        ...change,
      });
    const whole = await run("whole");
    const stop = new AbortController();
    let steps = 0;
    const onProgress = ({ step }: { step: string }) => {
      if (step === "write" && ++steps === 2) stop.abort(new Error("stop"));
    };
    await assert.rejects(run("again", { signal: stop.signal, onProgress }), /^Error: stop$/u);
    const seen: string[] = [];
    const reports = await run("again", { onProgress: ({ step }: { step: string }) => seen.push(step) });
    // The first pass is not made again, and of the second what was done is read.
    assert.deepEqual(seen, ["write"]);
    const result = (report: object) => ({ ...report, seconds: 0, resumedTasks: 0 });
    assert.deepEqual(reports.map(result), whole.map(result));
    for (const name of [".jsonl", "-400.jsonl", "-100.jsonl"]) {
      const read = (which: string) => readFileSync(join(folder, `${which}${name}`), "utf8");
      assert.equal(read("again"), read("whole"));
    }
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes("pass") || name.includes("work")),
      [],
    );
  });
});

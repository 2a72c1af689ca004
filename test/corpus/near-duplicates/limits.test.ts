/** Removal of near-duplicates at its limits: very long documents, very many, work of other runs. */
import assert from "node:assert/strict";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { removeNearDuplicates } from "../../../lib/corpus/near-duplicates/remove-near-duplicates.ts";
import type { RemoveNearDuplicatesOptions } from "../../../lib/corpus/near-duplicates/remove-near-duplicates.ts";
import { deduplicate, editedTexts, linesOf, temporaryFolder } from "./duplicate-cases.ts";

describe("removeNearDuplicates, at its limits", () => {
  it("takes a document of 200 MB", { timeout: 120_000 }, async (test) => {
    const folder = temporaryFolder(test);
    const [input, output] = [join(folder, "in.jsonl"), join(folder, "out.jsonl")];
    const part = Array.from({ length: 20_000 }, (_, place) => `word${place % 5000}`).join(" ");
    const file = openSync(input, "w");
    writeSync(file, `${linesOf(["before"])}{"id":"long","text":"`);
    for (let bytes = 0; bytes < 200e6; bytes += part.length + 1) writeSync(file, `${part} `);
    writeSync(file, `"}\n${linesOf([part, "after"], 1)}`);
    closeSync(file);
    const options = { output, removed: join(folder, "removed.jsonl"), preset: "fast", workers: 1 } as const;
    const report = await removeNearDuplicates(input, { ...options, shards: 3 });
    assert.deepEqual([report.documents, report.removed], [4, 1]);
    assert.equal(report.outputBytes, statSync(input).size - Buffer.byteLength(linesOf([part], 1)));
    assert.match(
      readFileSync(options.removed, "utf8"),
      /^\{"id":1,"kept":"long","jaccard":1,"cluster":"long"\}\n$/u,
    );
  });

  it(
    "stops when the places of the documents need more than the memory allowed",
    { timeout: 120_000 },
    async (test) => {
      const folder = temporaryFolder(test);
      const lines = Array.from({ length: 700_000 }, (_, id) => `{"id":${id},"text":"${id}"}\n`).join("");
      await assert.rejects(
        deduplicate(folder, [lines], { bands: 1, rows: 1, preset: undefined, memoryBytes: 64e6 }),
        {
          name: "DataError",
          message: /\d+ documents need more than the 0\.064 GB of memory allowed; 0\.1 GB would do/u,
        },
      );
      assert.deepEqual(readdirSync(folder), ["input-0.jsonl"]);
    },
  );

  it(
    "goes on only with the work of the same options, and mends what is damaged",
    { timeout: 60_000 },
    async (test) => {
      const folder = temporaryFolder(test);
      const whole = await deduplicate(folder, [linesOf(editedTexts(200, "work"))]);
      const path = (name: string) => join(folder, name);
      const work = path("kept.jsonl.work");
      const run = (options: Partial<RemoveNearDuplicatesOptions>) =>
        removeNearDuplicates(path("input-0.jsonl"), {
          output: path("kept.jsonl"),
          removed: path("gone.jsonl"),
          preset: "fast",
          shards: 3,
          workers: 1,
          ...options,
        });
      const interrupted = async (options: Partial<RemoveNearDuplicatesOptions>) => {
        const abort = new AbortController();
        const onProgress = ({ step }: { step: string }) => {
          if (step === "write") abort.abort(new Error("stop"));
        };
        await assert.rejects(run({ signal: abort.signal, onProgress, ...options }), /stop/u);
        assert.ok(existsSync(join(work, "verify-00002")));
      };
      await interrupted({ threshold: 0.9 });
      const other = await run({});
      assert.equal(other.resumedTasks, 0);
      assert.match(
        other.warnings.join(),
        /kept\.jsonl\.work held the unfinished work of other inputs or options/u,
      );
      assert.ok(!existsSync(work));

      await interrupted({});
      const damaged = join(work, "verify-00001", "removed.jsonl");
      writeFileSync(damaged, readFileSync(damaged, "utf8").replace("1", "2"));
      const mended = await run({ workers: 2, memoryBytes: 64e6 });
      assert.equal(mended.resumedTasks, 3 + 3 + 1 + 2);
      assert.match(mended.warnings.join(), /verify-00001\/removed\.jsonl was damaged and is made anew/u);
      assert.equal(readFileSync(path("kept.jsonl"), "utf8"), whole.output);
      assert.equal(readFileSync(path("gone.jsonl"), "utf8"), whole.removedText);
    },
  );

  it("removes half-written results of a run that was killed", async (test) => {
    const folder = temporaryFolder(test);
    writeFileSync(join(folder, "out.jsonl.123-0a1b2c3d.tmp"), "half");
    writeFileSync(join(folder, "out.jsonl.my-own.tmp"), "mine");
    await deduplicate(folder, [linesOf(["one", "one"])]);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith(".tmp")),
      ["out.jsonl.my-own.tmp"],
    );
  });

  it("takes over a folder of a run that was killed before its plan was written", async (test) => {
    const folder = temporaryFolder(test);
    const work = join(folder, "begun");
    mkdirSync(work);
    writeFileSync(join(work, "plan.json.123-0a1b2c3d.tmp"), "{");
    const { report } = await deduplicate(folder, [linesOf(["one", "one"])], { work });
    assert.equal(report.removed, 1);
    assert.equal(existsSync(work), false);
  });

  it("leaves a folder alone that is not its own", async (test) => {
    const folder = temporaryFolder(test);
    const work = join(folder, "precious");
    mkdirSync(work);
    writeFileSync(join(work, "letter.txt"), "keep me");
    await assert.rejects(deduplicate(folder, [linesOf(["one"])], { work }), {
      name: "ArgumentError",
      message: /"work" must be an empty folder, or that of an interrupted run/u,
    });
    writeFileSync(join(work, "plan.json"), "{}");
    await assert.rejects(deduplicate(folder, [linesOf(["one"])], { work }), {
      name: "DataError",
      message: /plan\.json is no plan of a removal of near-duplicates that this version can read/u,
    });
    assert.deepEqual(readdirSync(work).toSorted(), ["letter.txt", "plan.json"]);
  });
});

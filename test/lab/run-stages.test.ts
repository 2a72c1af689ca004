/** Studies as graphs of stages: what is repeated after a change, a kill, an altered file; what is refused. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { runStages } from "../../lib/lab/stages/run-stages.ts";
import type { Stage } from "../../lib/lab/stages/stage.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";

const base = { title: "", kind: "table", settings: {}, inputs: [], files: [] } as const;

/** A stage that joins its inputs' texts and its files' under its name. */
function joining(name: string, inputs: readonly string[], files: readonly string[] = []): Stage {
  return {
    ...base,
    name,
    inputs,
    files,
    run: async ({ folder, input }) => {
      const paths = [...inputs.map((each) => join(input(each), "text")), ...files];
      const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
      await writeFile(join(folder, "text"), `${name}(${texts.join(",")})`);
      return { values: { length: { value: texts.join("").length, compare: "exact" } } };
    },
  };
}

const ran = (report: Awaited<ReturnType<typeof runStages>>): string[] =>
  report.stages.filter(({ resumed }) => !resumed).map(({ name }) => name);

describe("runStages", () => {
  it("runs each stage after its inputs, records what it was made from, and repeats nothing", async (t) => {
    const folder = temporaryFolder(t);
    const source = join(folder, "source.txt");
    writeFileSync(source, "x");
    const stages = [joining("c", ["b", "a"]), joining("b", ["a"]), joining("a", [], [source])];
    const study = join(folder, "study");
    const first = await runStages(stages, { folder: study });
    assert.deepEqual(
      first.stages.map(({ name }) => name),
      ["a", "b", "c"],
    );
    assert.equal(readFileSync(join(study, "c", "text"), "utf8"), "c(b(a(x)),a(x))");
    const record = JSON.parse(readFileSync(join(study, "c", "stage.json"), "utf8"));
    assert.deepEqual(
      record.inputs.map(({ stage }: { stage: string }) => stage),
      ["b", "a"],
    );
    assert.equal(record.inputs[1].fingerprint, first.stages[0]!.fingerprint);
    assert.deepEqual(ran(await runStages(stages, { folder: study })), []);
  });
});

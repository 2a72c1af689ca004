/** Whether a job carries restricted data or a model of it to where it runs. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { it } from "node:test";

import { recordMade } from "../../lib/core/lineage.ts";
import type { JobSpec } from "../../lib/jobs/job-spec.ts";
import { sensitivityOfSpec } from "../../lib/jobs/sensitivity-of-spec.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { withEnvironment } from "../data/with-environment.ts";

it("a job is restricted by its inputs, data, first weights and tokenizer, however they say it", (test) => {
  const folder = temporaryFolder(test);
  withEnvironment(test, { ROUNDS_LINEAGE: join(folder, "lineage") });
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write("public/manifest.json", '{"sensitivity":"public"}');
  write("public-model/provenance.json", '{"data":[{"sensitivity":"public"}]}');
  write("declared/.rounds-sensitivity", "restricted");
  write("shards/manifest.json", '{"sensitivity":"restricted"}');
  write("model/provenance.json", '{"data":[{"sensitivity":"public"},{"sensitivity":"restricted"}]}');
  const made = { from: [], sensitivity: "restricted", step: "x" } as const;
  recordMade({ ...made, kind: "table", path: join(folder, "made/notes.csv") });
  const restricted = ["declared", "declared/below/notes.csv", "shards", "model", "made", "made/notes.csv"];
  for (const path of ["public", "public-model", "nothing", ...restricted]) {
    const config = (train: string, begin: string, tokenizer: string | null) => ({
      data: { train: [{ path: train }], heldOut: [] },
      model: { initializeFrom: { kind: "safetensors", path: begin }, tokenizer },
    });
    const specs = [
      { inputs: [path] },
      { config: config(path, "public", null) },
      { config: config("public", path, null) },
      { config: config("public", "public", path) },
    ] as unknown as JobSpec[];
    for (const spec of specs) {
      const expected = restricted.includes(path) ? "restricted" : "public";
      assert.equal(sensitivityOfSpec(spec, folder), expected, JSON.stringify(spec));
    }
  }
});

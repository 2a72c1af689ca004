/** A study that lies in a folder that is declared restricted is restricted, wherever it was made. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";

import { readStudy } from "../../lib/lab/report/read-study.ts";
import { compareStudies } from "../../lib/lab/stages/compare-studies.ts";
import { runStages } from "../../lib/lab/stages/run-stages.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { withEnvironment } from "../data/with-environment.ts";

it("no row and no number of a study is told that was brought below a declared folder", async (test) => {
  const folder = temporaryFolder(test);
  withEnvironment(test, { ROUNDS_LINEAGE: join(folder, "lineage") });
  const declared = join(folder, "declared");
  mkdirSync(declared);
  writeFileSync(join(declared, ".rounds-sensitivity"), "restricted");
  const stage = { name: "ages", title: "Ages", kind: "table", settings: {}, inputs: [], files: [] } as const;
  for (const [study, age] of [
    ["one", 70411],
    ["two", 70412],
  ] as const) {
    await runStages([{ ...stage, run: async () => ({ table: [{ age }] }) }], { folder: join(folder, study) });
    cpSync(join(folder, study), join(declared, study), { recursive: true });
  }
  const told = async (place: string): Promise<string> =>
    JSON.stringify([
      await compareStudies(join(place, "one"), join(place, "two")),
      (await readStudy(join(place, "one"))).map(({ table }) => table),
    ]);
  assert.match(await told(folder), /70411.*70412/u);
  assert.doesNotMatch(await told(declared), /7041[12]/u);
});

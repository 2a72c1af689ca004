/** The notebooks as they are committed, and as they run now. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readNotebook } from "../../commands/notebook-file.ts";
import { wilsonInterval } from "../../lib/core/statistics/wilson-interval.ts";
import { runsFolder } from "../../lib/jobs/run-folder.ts";
import { plantedFacts } from "../../lib/lab/study/planted-facts.ts";
import { projectRoot } from "../../setup/paths.mjs";

const maximumNotebookBytes = 1_000_000;
const maximumOutputBytes = 200_000;
const mirror = process.env["ROUNDS_DATA_MIRROR"] ?? join(projectRoot, "..", "shared", "data");
const notebooks = globSync("notebooks/*.ipynb", { cwd: projectRoot }).toSorted();

let output: string;

function runNotebooks(environment: NodeJS.ProcessEnv, ...options: string[]) {
  return spawnSync("npm", ["run", "-s", "notebooks", "--", "--output", output, ...options], {
    cwd: projectRoot,
    env: { ...process.env, ...environment },
    encoding: "utf8",
    timeout: 1_500_000,
  });
}

describe("the notebooks", () => {
  before(() => {
    output = mkdtempSync(join(tmpdir(), "rounds-executed-"));
  });
  after(() => rmSync(output, { recursive: true, force: true }));

  it("give on the generated sample the very outputs that are committed", () => {
    const result = runNotebooks({ ROUNDS_DATA: "sample" }, "--check");
    assert.equal(result.status, 0, result.stdout + result.stderr);
    assert.equal(result.stdout.match(/^✔ /gm)?.length, notebooks.length);
    const changed = notebooks.filter(
      (path) => comparable(join(output, basename(path))) !== comparable(join(projectRoot, path)),
    );
    assert.deepEqual(changed, [], "have other outputs now: run ROUNDS_DATA=sample npm run notebooks");
  });

  it("show that the planted facts were read, p < 0.01, and nothing where they were left out", () => {
    const tableOf = (stage: string): Record<string, unknown>[] =>
      JSON.parse(readFileSync(join(runsFolder(), "12-end-to-end", stage, "table.json"), "utf8"));
    const [reading] = tableOf("effects") as { effect: string; difference: number; p: number }[];
    assert.equal(reading!.effect, "pretraining on the facts");
    assert.ok(reading!.difference > 0 && reading!.p < 0.01, `p = ${reading!.p}`);
    const asked = plantedFacts({ seed: 0 }).questions.test.length;
    const withoutFacts = new Set(["baseline", "F", "N"]);
    for (const { recipe, accuracyPercent } of tableOf("table-2-planted") as {
      recipe: string;
      accuracyPercent: number;
    }[]) {
      if (!withoutFacts.has(recipe)) continue;
      const right = Math.round((accuracyPercent / 100) * asked);
      const { low, high } = wilsonInterval(right, asked, 0.999);
      assert.ok(low < 0.25 && 0.25 < high, `${recipe}: ${right} of ${asked}`);
    }
  });

  it("run on the real data as they are", { skip: existsSync(mirror) ? false : "no data mirror" }, () => {
    const result = runNotebooks({
      ROUNDS_DATA: "real",
      ROUNDS_DATA_MIRROR: mirror,
      ROUNDS_RUNS: join(output, "runs"),
    });
    assert.equal(result.status, 0, result.stdout + result.stderr);
    for (const path of notebooks) checkSizes(join(output, basename(path)));
  });

  for (const path of notebooks) {
    it(`${path} is small, and holds no error and no path of a machine`, () => {
      checkSizes(join(projectRoot, path));
      const text = readFileSync(join(projectRoot, path), "utf8");
      assert.doesNotMatch(text, /"output_type": "error"/);
      assert.ok(!text.includes(projectRoot), "no path of this machine");
      assert.doesNotMatch(text, /"(?:\/home\/|\/Users\/|\/root\/|\/tmp\/)/);
    });

    it(`${path} shows every rich output without a script and as text too`, () => {
      for (const cell of readNotebook(join(projectRoot, path)).cells) {
        for (const { data } of cell.outputs ?? []) {
          if (typeof data !== "object" || data === null) continue;
          const types = Object.keys(data);
          assert.ok(types.includes("text/plain"), `${cell.id}: ${types.join(", ")}`);
          const isLive = types.some((type) => type.startsWith("application/vnd."));
          const isStatic = types.includes("image/png") || types.includes("text/html");
          assert.ok(!isLive || isStatic, `${cell.id} has a static form`);
        }
      }
    });
  }
});

/**
 * The file byte for byte, but for cells tagged "varies" or "trained", whose numbers `--check` has compared within
 * tolerance or not at all: of these it counts which outputs there are, and of which kinds.
 */
function comparable(path: string): string {
  const text = readFileSync(path, "utf8");
  const notebook = readNotebook(path);
  const varying = notebook.cells.filter(({ metadata: { tags = [] } }) =>
    ["varies", "trained"].some((tag) => tags.includes(tag)),
  );
  if (varying.length === 0) return text;
  for (const cell of varying) {
    cell.outputs = (cell.outputs ?? []).map(({ output_type, data }) => ({
      output_type,
      kinds: Object.keys((data ?? {}) as object),
    }));
  }
  return JSON.stringify(notebook);
}

function checkSizes(path: string): void {
  const name = basename(path);
  assert.ok(readFileSync(path).length < maximumNotebookBytes, `${name} is under 1 MB`);
  for (const cell of readNotebook(path).cells) {
    for (const each of cell.outputs ?? []) {
      assert.ok(
        JSON.stringify(each).length < maximumOutputBytes,
        `${name}, ${cell.id}: an output is under 200 kB`,
      );
    }
  }
}

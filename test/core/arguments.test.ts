/** Public functions say which argument is wrong, what was expected and what came. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, after, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import * as published from "../../lib/index.ts";

/** Functions by the argument that stands first in them, and what it has to be. */
const expectedOf: Readonly<Record<string, readonly [parameter: string, expected: string]>> = {
  watch: ["job", "a job, as "],
  cancelJob: ["job", "a job, as "],
  fetchJob: ["job", "a job, as "],
  jobLogs: ["job", "a job, as "],
  exportCheckpoint: ["job", "a job, as "],
  openJob: ["id", "the id of a job"],
  showJob: ["id", "the id of a job"],
  readMetrics: ["folder", "the path of a run folder"],
  summarizeResults: ["results", "a list of results"],
  compareResults: ["first", "a list of results"],
  compareAllResults: ["results", ""],
  writeResults: ["path", "the path of a file"],
  writeDocuments: ["path", "the path of a file"],
  readDocumentLines: ["path", "the path of a file"],
  nearDuplicatesAtAGlance: ["documents", "a list of documents"],
  cutRepeatedSpans: ["documents", "a list of documents"],
  removeNearDuplicates: ["inputs", "a path or a list of paths"],
  removeRepeatedSpans: ["inputs", "a path or a list of paths"],
  startLocalServer: ["modelFolders", "a path or a list of paths"],
  open: ["path", "a name, path or glob"],
  loadQuestions: ["", ""],
};

async function call(name: string, value: unknown): Promise<void> {
  const result = (published as unknown as Record<string, (value: unknown) => unknown>)[name]!(value);
  await (typeof result === "object" && result !== null && "next" in result
    ? (result as AsyncGenerator).next()
    : result);
}

const functions = Object.entries(published)
  .filter(([, value]) => typeof value === "function" && !value.toString().startsWith("class"))
  .map(([name]) => name);

const wrongValues = {
  undefined: undefined,
  null: null,
  5: 5,
  x: "x",
  "{}": {},
  promise: Promise.resolve("x"),
};

/** Where these functions keep things when nobody says otherwise. */
const places = {
  ROUNDS_RUNS: "runs",
  ROUNDS_CACHE: "cache",
  ROUNDS_DATA: "data",
  ROUNDS_LINEAGE: "lineage",
  ROUNDS_AUDIT_FILE: "audit.jsonl",
  ROUNDS_APPROVALS: "approvals.json",
  ROUNDS_CLUSTERS: "clusters.json",
};

describe("a wrong first argument", () => {
  for (const [name, [parameter, expected]] of Object.entries(expectedOf)) {
    it(`of ${name} is told`, async () => {
      for (const value of [undefined, null, 42, Promise.resolve("x")]) {
        await assert.rejects(
          async () => call(name, value),
          (error: Error) => {
            assert.equal(error.name, "ArgumentError", `${name}(${String(value)}): ${error.message}`);
            assert.match(error.message, new RegExp(`"${parameter}.*" must be ${expected}.*, got `, "u"));
            return true;
          },
        );
      }
    });
  }

  it("that was not awaited is called so", async () => {
    await assert.rejects(call("watch", Promise.resolve()), {
      message:
        '"job" must be a job, as startTraining, submitJob or await openJob(id) gives, got a promise; an await is missing',
    });
  });
});

describe("any public function called with one wrong argument", () => {
  const usual = { folder: process.cwd(), environment: { ...process.env } };
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-arguments-"));
    process.chdir(folder);
    for (const [name, file] of Object.entries(places)) process.env[name] = join(folder, file);
  });
  after(() => {
    process.chdir(usual.folder);
    for (const name of Object.keys(places)) {
      const value = usual.environment[name];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true });
  });

  for (const name of functions) {
    it(`${name} ends soon, without a plain TypeError and without a file`, async () => {
      for (const [label, value] of Object.entries(wrongValues)) {
        const clock = new AbortController();
        const late = setTimeout(20_000, "late", { signal: clock.signal }).catch(() => "in time");
        const outcome = await Promise.race([call(name, value).catch((error: unknown) => error), late]);
        clock.abort();
        assert.notEqual(outcome, "late", `${name}(${label}) does not end`);
        assert.ok(!(outcome instanceof TypeError), `${name}(${label}): ${String(outcome)}`);
        assert.deepEqual(readdirSync(folder), [], `${name}(${label}) writes`);
      }
    });
  }
});

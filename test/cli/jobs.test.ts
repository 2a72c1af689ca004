/** `rounds jobs` as it is typed: what it prints, and how it says what is wrong. On this machine; test/slurm has clusters. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { rounds } from "./run-rounds.ts";

const spec = {
  version: 1,
  name: "work",
  kind: "command",
  command: ["sh", "-c", "echo a line; echo done >> ../work"],
  resources: { nodes: 1, gpusPerNode: 0, timeLimitMinutes: 5 },
  restartsMaximum: 0,
  code: { path: "code" },
};

describe("rounds jobs", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-jobs-"));
    mkdirSync(join(folder, "code"));
    writeFileSync(join(folder, "code", "README"), "nothing\n");
    writeFileSync(join(folder, "job.json"), JSON.stringify(spec));
    writeFileSync(join(folder, "faulty.json"), JSON.stringify({ ...spec, comand: [], restartsMaximum: -1 }));
    writeFileSync(join(folder, "clusters.json"), JSON.stringify({ version: 1, clusters: {} }));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("submits once for a token, shows, lists and prints the log", async () => {
    const submit = ["jobs", "submit", "job.json", "--cluster", "local", "--token", "one", "--runs", "runs"];
    const first = await rounds(folder, ...submit);
    assert.equal(first.code, 0, first.stderr);
    const { code, stdout } = await rounds(folder, "jobs", "logs", "one", "--runs", "runs", "--follow");
    assert.deepEqual([code, stdout], [0, "a line\n"]);
    const again = JSON.parse((await rounds(folder, ...submit)).stdout) as Record<string, unknown>;
    assert.deepEqual([again["id"], again["state"]], ["one", "COMPLETED"]);
    assert.equal(readFileSync(join(folder, "work"), "utf8"), "done\n");
    const listed = await rounds(folder, "jobs", "list", "--runs", "runs");
    assert.deepEqual(
      (JSON.parse(listed.stdout) as { jobs: { id: string }[] }).jobs.map(({ id }) => id),
      ["one"],
    );
    assert.match(listed.stderr, /COMPLETED +one +local +exit code 0/u);
    const cancelled = await rounds(folder, "jobs", "cancel", "one", "--runs", "runs");
    assert.equal((JSON.parse(cancelled.stdout) as { state: string }).state, "COMPLETED");
  });

  it("names every fault of a request, and what is like a mistyped name", async () => {
    const { code, stderr } = await rounds(folder, "jobs", "submit", "faulty.json", "--cluster", "local");
    assert.equal(code, 2);
    assert.match(stderr, /"comand" is no key \(did you mean command\?\)/u);
    assert.match(stderr, /"restartsMaximum" must be >= 0/u);
    const mistyped = await rounds(folder, "jobs", "sumbit", "job.json");
    assert.equal(mistyped.code, 2);
    assert.match(mistyped.stderr, /did you mean submit\?/u);
    const plan = await rounds(
      folder,
      "jobs",
      "plan",
      "job.json",
      "--cluster",
      "h100",
      "--config",
      "clusters.json",
    );
    assert.equal(plan.code, 1);
    assert.match(plan.stderr, /"cluster" must be one of local/u);
    assert.equal((await rounds(folder, "jobs", "show")).code, 2);
  });
});

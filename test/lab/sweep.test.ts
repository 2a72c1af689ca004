import assert from "node:assert/strict";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { withAbsolutePaths } from "../../lib/jobs/absolute-paths.ts";
import { describeRun } from "../../lib/jobs/run-spec.ts";
import { sweep } from "../../lib/lab/sweep.ts";
import { trainConfig, type TrainConfig } from "../../lib/train/train-config.ts";

let folder: string;

/** A folder with a manifest and no shards: enough for what is decided before training. */
function shardsFrom(name: string, source: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  const tokenizer = { fingerprint: `sha256:${"0".repeat(64)}`, vocabularySize: 96 };
  const sources = [{ source, documentCount: 1, tokenCount: 9 }];
  const manifest = { format: "rounds-token-shards", tokenCount: 9, tokenizer, sources };
  writeFileSync(join(path, "manifest.json"), JSON.stringify(manifest));
  return path;
}

function configOf(heldOut: TrainConfig["data"]["heldOut"]): TrainConfig {
  const train = [{ domain: "instruct", path: shardsFrom("instruct", "medmcqa-train"), weight: 1 }];
  return trainConfig("neftune", { model: { preset: "tiny-mistral" }, data: { train, heldOut } });
}

/** A run folder as one that has ended, with a development loss. */
async function writeCompleteRun(runs: string, config: TrainConfig, loss: number): Promise<void> {
  const runId = `run-${config.neftune!.alpha}-${config.optimization.learningRate}`;
  const run = join(runs, runId);
  mkdirSync(run, { recursive: true });
  const spec = await describeRun(withAbsolutePaths(config, process.cwd()), { runId, processes: 1 });
  writeFileSync(join(run, "spec.json"), JSON.stringify(spec));
  const attempt = { number: 1, processes: 1, plannedAt: "2026-01-01T00:00:00Z" };
  const job = {
    version: 1,
    runId,
    state: "COMPLETED",
    evidence: "exit code 0",
    attempts: [attempt],
    history: [],
  };
  writeFileSync(join(run, "job.json"), JSON.stringify(job));
  const lossByDomain = { development: { loss, tokens: 9 } };
  const line = {
    v: 1,
    attempt: 1,
    kind: "eval",
    step: 160,
    tokens_seen: 1,
    loss,
    loss_by_domain: lossByDomain,
  };
  writeFileSync(join(run, "metrics.jsonl"), `${JSON.stringify(line)}\n`);
}

describe("sweep", () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-sweep-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("chooses by the development loss, and says where the value came from", async () => {
    const development = { domain: "development", path: shardsFrom("development", "medmcqa-dev"), rows: 4 };
    const config = configOf([development]);
    const runs = join(folder, "runs");
    const losses = { 0: 2.4, 5: 2.1, 10: 2.1, 15: 2.6 };
    // The configurations of a sweep, from one that fails before it trains.
    const asked: TrainConfig[] = [];
    for (const [alpha, loss] of Object.entries(losses)) {
      const choices = config.choices.map((choice) =>
        choice.name === "neftune.alpha"
          ? { name: choice.name, value: Number(alpha), source: "a value of a sweep" }
          : choice,
      );
      asked.push({ ...config, neftune: { ...config.neftune!, alpha: Number(alpha) }, choices });
      await writeCompleteRun(runs, asked.at(-1)!, loss);
    }
    const result = await sweep({ neftuneAlpha: [0, 5, 10, 15] }, { config, runs });
    assert.deepEqual(
      result.rows.map(({ neftuneAlpha, developmentLoss }) => [neftuneAlpha, developmentLoss]),
      [
        [0, 2.4],
        [5, 2.1],
        [10, 2.1],
        [15, 2.6],
      ],
    );
    assert.equal(result.best.neftuneAlpha, 5, "the earlier of equal ones");
    assert.deepEqual(result.config, asked[1]);
  });

  it("refuses a test split by its domain, its folder and its source", async () => {
    const values = { neftuneAlpha: [0, 5] };
    const path = shardsFrom("development", "medmcqa-dev");
    const development = { domain: "development", path, rows: 4 };
    for (const [domain, test] of [
      ["medqa-test", shardsFrom("other", "medqa-dev")],
      ["other", shardsFrom("mmlu_test", "mmlu")],
      ["other", shardsFrom("innocent", "corpora/medqa-test.jsonl")],
    ] as const) {
      const config = configOf([development, { domain, path: test, rows: 4 }]);
      await assert.rejects(
        sweep(values, { config }),
        /is a test split, and choosing by it would spoil every later score/,
      );
    }
    const latest = { domain: "development", path: shardsFrom("latest", "contest-attested"), rows: 4 };
    await assert.rejects(
      sweep({}, { config: configOf([latest]) }),
      /neftuneAlpha or learningRate/,
      "no word in a word",
    );
  });

  it("says what it needs", async () => {
    const config = configOf([{ domain: "other", path: shardsFrom("other", "dev"), rows: 1 }]);
    await assert.rejects(
      sweep({ neftuneAlpha: [1] }, { config }),
      /a domain of data\.heldOut \(there are other\)/,
    );
    const options = { config, development: "other" };
    await assert.rejects(
      sweep({ neftuneAlpha: [5, 5] }, options),
      /"values\.neftuneAlpha" must be a list of different/,
    );
    await assert.rejects(sweep({ learningRate: [-1] }, options), /"values\.learningRate"/);
    await assert.rejects(
      sweep({ alpha: [1] } as never, options),
      /a sweep varies neftuneAlpha and learningRate/,
    );
  });
});

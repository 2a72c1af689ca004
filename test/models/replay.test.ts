import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { compareResults } from "../../lib/evals/compare-results.ts";
import { loadQuestions } from "../../lib/evals/load-questions.ts";
import { scoreQuestions } from "../../lib/evals/score-questions.ts";
import { replayModel } from "../../lib/models/replay.ts";
import { chainOfThought } from "../../lib/prompts/without-examples.ts";
import "../../lib/data/register-datasets.ts";
import { open } from "../../lib/table/open.ts";
import { mirrorFolder, noMirror } from "../data/mirror-folder.ts";
import { withEnvironment } from "../data/with-environment.ts";

/** Of the catalogue, as MIRAGE numbers MedQA's questions: by their places in the file. */
async function recorded(model: string) {
  const outputs = await open("mirage-gpt-outputs");
  const query = "SELECT id, outputs FROM this WHERE dataset = 'medqa' AND model = $model";
  const rows = await outputs.sql<{ id: string; outputs: string[] }>(query, { model }).rows();
  return replayModel(
    model,
    rows.map(({ id, outputs: written }) => ({ id: String(Number(id)), outputs: written })),
  );
}

async function scored(model: string) {
  const { questions } = await loadQuestions("medqa-test");
  return scoreQuestions(await recorded(model), questions, {
    strategy: chainOfThought(),
    scoring: "generate",
  });
}

function withMirror(test: TestContext): void {
  assert.ok(existsSync(join(mirrorFolder, "evals")));
  withEnvironment(test, { ROUNDS_DATA: "real", ROUNDS_DATA_MIRROR: mirrorFolder });
}

describe("a model of recorded outputs", () => {
  const records = [
    { id: "a", outputs: ["first", "second"] },
    { id: "b", dataset: "mine", outputs: [] },
  ];
  const model = replayModel("recorded", records);
  const ask = (request: object) => model.generate([{ prompt: "p", maximumTokens: 1, ...request }]);

  it("writes each sample of the question that is asked about", async () => {
    const [generation] = await ask({ about: { id: "a", dataset: "any" }, sampleIndex: 1 });
    assert.deepEqual(generation, { text: "second", promptTokens: 0, tokens: 0, finishReason: "stop" });
    assert.equal((await ask({ about: { id: "b", dataset: "mine" } }))[0]!.text, "");
  });

  it("says what it does not hold", async () => {
    const refused = (request: object, message: RegExp) =>
      assert.rejects(ask(request), { name: "ModelError", message });
    await refused({}, /the request names none/u);
    await refused({ about: { id: "c" } }, /hold nothing about question \["c"\]/u);
    await refused({ about: { id: "b", dataset: "other" } }, /nothing about/u);
    await refused({ about: { id: "a" }, sampleIndex: 2 }, /hold 2 about \["a"\], not sample 2/u);
    await assert.rejects(model.logLikelihood([]), /no likelihoods/u);
    await assert.rejects(model.embed([]), /no embeddings/u);
    assert.throws(() => replayModel("twice", [records[0]!, records[0]!]), /one of each question/u);
    assert.throws(() => replayModel("bad", [{ id: "a", outputs: "text" as never }]), /a list of texts/u);
  });

  it("has its records for a fingerprint", () => {
    assert.equal(replayModel("recorded", records).fingerprint, model.fingerprint);
    assert.notEqual(replayModel("recorded", records.slice(1)).fingerprint, model.fingerprint);
  });

  it(
    "gives the published accuracies of GPT-3.5 and GPT-4 on MedQA, what was not parsed listed",
    { skip: noMirror },
    async (test) => {
      withMirror(test);
      const published = { "gpt-35-turbo-16k": 65.04, "gpt-4-32k": 83.97 };
      const results = [];
      for (const [name, expected] of Object.entries(published)) {
        const { summary, results: held } = await scored(name);
        const accuracy = 100 * summary.accuracy;
        const { count, ids } = summary.unparsed;
        assert.equal(summary.n, 1273);
        assert.ok(Math.abs(accuracy - expected) <= 1.1, `${name}: ${accuracy.toFixed(2)}`);
        assert.equal(ids.length, count);
        assert.ok(count < 0.025 * 1273, `${name}: unparsed ${ids.join(", ")}`);
        test.diagnostic(
          `${name}: ${accuracy.toFixed(2)} %, published ${expected} %; ${count} unparsed: ${ids.join(", ")}`,
        );
        results.push(held);
      }
      const { p, flips } = compareResults(results[0]!, results[1]!);
      assert.ok(p < 1e-20 && flips.length > 200);
    },
  );

  it("is there from the sample as well", async (test) => {
    withEnvironment(test, { ROUNDS_DATA: "sample" });
    const [first, second] = [await scored("gpt-35-turbo-16k"), await scored("gpt-4-32k")];
    assert.ok(first.summary.accuracy < second.summary.accuracy);
    assert.ok(first.summary.unparsed.count > 0);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Question } from "../../lib/evals/question.ts";
import { scoreQuestions } from "../../lib/evals/score-questions.ts";
import { accuracyByContamination } from "../../lib/evals/summarize-results.ts";
import { trainedOnWarnings } from "../../lib/evals/trained-on.ts";
import { fewShot } from "../../lib/prompts/few-shot.ts";
import { zeroShot } from "../../lib/prompts/without-examples.ts";
import { formulaModel } from "./formula-model.ts";

const asked = (dataset: string, id = "q", split?: string): Question => ({
  id,
  dataset,
  question: `What of ${id}?`,
  options: ["a", "b"],
  answerIndex: 0,
  metadata: {},
  ...(split !== undefined && { split }),
});

describe("what may have been trained on", () => {
  it("are examples of the paper's instruct data, MedQA's development set among them", () => {
    const warned = (dataset: string, split?: string): string =>
      trainedOnWarnings({ examples: [{ dataset, ...(split !== undefined && { split }) }] }).join();
    assert.match(
      warned("medqa-dev"),
      /medqa-dev may have been .* Table 3 holds 11,290 samples of MedQA \(USMLE\), more than the 10,178/u,
    );
    assert.match(warned("medmcqa-train"), /holds 180,462 samples of MedMCQA$/u);
    assert.match(warned("mmlu-medical", "dev"), /MMLU/u);
    assert.equal(warned("mmlu-medical", "test"), "");
    assert.equal(warned("medqa-test"), "");
    assert.equal(warned("my-questions-dev"), "");
  });

  it("is said with the scores, of questions too where it is known", async () => {
    const strategy = fewShot([asked("medqa-dev", "e1"), asked("medqa-dev", "e2")]);
    const questions = [asked("mine")];
    const plain = await scoreQuestions(formulaModel(), questions, { strategy: zeroShot() });
    assert.deepEqual(plain.warnings, []);
    const { warnings } = await scoreQuestions(formulaModel(), questions, { strategy, trainedOn: ["mine"] });
    assert.equal(warnings[0], "questions are of mine, which the model was trained on");
    assert.match(warnings[1]!, /^examples of medqa-dev may/u);
    const known = await scoreQuestions(formulaModel(), questions, { strategy, trainedOn: ["medqa-dev"] });
    assert.deepEqual(known.warnings, ["examples are of medqa-dev, which the model was trained on"]);
    await assert.rejects(
      scoreQuestions(formulaModel(), questions, { strategy, trainedOn: "mine" as never }),
      /"trainedOn" must be a list/u,
    );
  });

  it("has an accuracy of its own, apart from that of the others", async () => {
    const questions = ["a", "b", "c"].map((id) => asked("mine", id));
    const { results } = await scoreQuestions(formulaModel(), questions, { strategy: zeroShot() });
    const split = accuracyByContamination(results, [
      { dataset: "mine", id: "b" },
      { dataset: "other", id: "a" },
    ]);
    assert.deepEqual([split.contaminated!.n, split.others!.n], [1, 2]);
    assert.equal(split.contaminated!.correct, Number(results[1]!.correct));
    assert.equal(accuracyByContamination(results, []).contaminated, undefined);
  });
});

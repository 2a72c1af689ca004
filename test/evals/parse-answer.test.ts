import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { parseAnswer } from "../../lib/evals/parse-answer.ts";
import { mirrorFolder, noMirror } from "../data/mirror-folder.ts";

const options = ["Aspirin", "Ibuprofen", "Heparin", "Vitamin A"];

/** An output, and the letter that it chooses; none where it chooses nothing. */
const cases: [output: string, letter: string | undefined][] = [
  ["B", "B"],
  [" (B) ", "B"],
  ["**B**", "B"],
  ["$B$", "B"],
  ["$\\boxed{B}$", "B"],
  ["B.", "B"],
  ["B) Ibuprofen", "B"],
  ["B. Ibuprofen, since it is cheap", "B"],
  ["The answer is B", "B"],
  ["the answer is: (b).", "B"],
  ["Answer: **C**", "C"],
  ["**Answer:** C", "C"],
  ["The correct answer is option C.", "C"],
  ["The best choice is (D) Vitamin A because of the eyes.", "D"],
  ["At first the answer is A, one thinks. But no: the answer is D.", "D"],
  ["(C) is correct.", "C"],
  ["C. Heparin is the best answer", "C"],
  ["Option A is wrong. Therefore, the final answer is \\boxed{B}.", "B"],
  ['{"step_by_step_thinking": "A is tempting", "answer_choice": "C"}', "C"],
  ['```json\n{"answer": "Heparin"}\n```', "C"],
  ['{"thinking": "he said "no"", "answer_choice": "D"', "D"],
  ["So the patient needs\n\n**C**", "C"],
  ["Heparin", "C"],
  ["The answer is heparin.", "C"],
  ["The answer is A or B", undefined],
  ["The answer is a matter of taste", undefined],
  ["A patient came in and felt better", undefined],
  ["I cannot tell.", undefined],
  ["The answer is H", undefined],
  ["", undefined],
];

describe("the answer of an output", () => {
  for (const [output, letter] of cases) {
    it(`${JSON.stringify(output)} is ${letter ?? "none"}`, () => {
      const index = parseAnswer(output, options)?.index;
      assert.equal(index === undefined ? undefined : "ABCD"[index], letter);
    });
  }

  it("may be any of ten options, and none past the last", () => {
    const ten = Array.from({ length: 10 }, (_, index) => `option ${index}`);
    assert.equal(parseAnswer("The answer is J.", ten)?.index, 9);
    assert.equal(parseAnswer("The answer is C.", ["yes", "no"]), undefined);
    assert.throws(() => parseAnswer("A", ["alone"]), /"options" must be 2 to 10 texts/u);
  });

  it("of recorded outputs on MedQA gives the published accuracies", { skip: noMirror }, () => {
    const path = join(mirrorFolder, "evals", "mirage_gpt_predictions_cot.jsonl.gz");
    assert.ok(existsSync(path), path);
    const published: Record<string, number> = { "gpt-35-turbo-16k": 65.04, "gpt-4-32k": 83.97 };
    const counts = new Map<string, { right: number; unparsed: string[]; all: number }>();
    const four = ["first", "second", "third", "fourth"];
    for (const line of gunzipSync(readFileSync(path)).toString("utf8").trimEnd().split("\n")) {
      const row = JSON.parse(line) as {
        dataset: string;
        model: string;
        id: string;
        gold: string;
        outputs: string[];
      };
      if (row.dataset !== "medqa") continue;
      const count = counts.get(row.model) ?? { right: 0, unparsed: [], all: 0 };
      counts.set(row.model, count);
      const answer = parseAnswer(row.outputs[0] ?? "", four);
      count.all++;
      if (answer === undefined) count.unparsed.push(row.id);
      else if ("ABCD"[answer.index] === row.gold) count.right++;
    }
    for (const [model, expected] of Object.entries(published)) {
      const { right, unparsed, all } = counts.get(model)!;
      const accuracy = (100 * right) / all;
      assert.ok(
        Math.abs(accuracy - expected) <= 1.1,
        `${model}: ${accuracy.toFixed(2)}, ${unparsed.length} unparsed`,
      );
      assert.ok(
        unparsed.length < 0.025 * all,
        `${model}: ${unparsed.length} unparsed: ${unparsed.join(", ")}`,
      );
    }
  });
});

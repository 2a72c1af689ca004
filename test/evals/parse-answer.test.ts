import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAnswer } from "../../lib/evals/parse-answer.ts";

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
  ["None of the options (A, B, C, D) is the correct answer.", undefined],
  ["Neither A nor B is correct.", undefined],
  ["C, and only C is correct.", "C"],
  ['{"thinking": "The answer is B, one might say", "answer": "None of the above"}', undefined],
  ['{"thinking": "The answer is B", "answer": "C and D"}', undefined],
  ['{"answer": "The correct choice is (D)."}', "D"],
  ['{"answer": "C"', "C"],
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
});

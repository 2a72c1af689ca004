import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

import { loadQuestions } from "../../lib/evals/load-questions.ts";
import { sampleText } from "../../lib/instruct/instruct-sample.ts";
import { questionSamples, type ChoiceQuestion } from "../../lib/instruct/question-samples.ts";
import { readInstructSamples } from "../../lib/instruct/read-instruct-samples.ts";
import { mirrorFolder, noMirror } from "../data/mirror-folder.ts";
import { withEnvironment } from "../data/with-environment.ts";

/** The real data where it lies beside the project, else the samples. */
const atHand =
  noMirror === false ? { ROUNDS_DATA_MIRROR: mirrorFolder, ROUNDS_DATA: "real" } : { ROUNDS_DATA: "sample" };

const folder = mkdtempSync(join(tmpdir(), "rounds-instruct-"));
after(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const question: ChoiceQuestion = {
  id: "q1",
  dataset: "made-up",
  question: "Which organ makes insulin?",
  options: ["Liver", "Pancreas"],
  answerIndex: 1,
};

describe("questionSamples", () => {
  it("has Figure 4's words, and Figure 5's with reasoning", async () => {
    const [plain] = await Array.fromAsync(questionSamples([question], { licence: "MIT" }));
    const { prompt, response } = sampleText(plain!);
    assert.equal(
      prompt,
      "<|system|>: You are a biomedical expert. Select the correct option for the following question:\n" +
        "<|prompter|>: Which organ makes insulin?\nLiver\nPancreas\n<|assistant|>:",
    );
    assert.equal(response, " The correct answer is: Pancreas");
    assert.deepEqual([plain!.id, plain!.source, plain!.licence], ["q1", "made-up", "MIT"]);
    const reasoning = () => "Its beta cells make it. ";
    const [reasoned] = await Array.fromAsync(questionSamples([question], { reasoning }));
    assert.equal(
      sampleText(reasoned!).response,
      " Let's think step-by-step. Its beta cells make it. Therefore, the correct answer is: Pancreas",
    );
  });

  it("puts a context before its question", async () => {
    const [sample] = await Array.fromAsync(questionSamples([{ ...question, context: "Of the abdomen." }]));
    assert.match(sample!.prompter, /^Of the abdomen\.\nWhich organ/u);
  });

  it("refuses an answer that names no option", async () => {
    const wrong = Array.fromAsync(questionSamples([{ ...question, answerIndex: 2 }]));
    await assert.rejects(wrong, /answerIndex of "q1"" must be a place among the 2 options, got 2/u);
  });

  it("takes every question of the catalogue's sets", async (test) => {
    withEnvironment(test, atHand);
    for (const name of ["medmcqa-dev", "pubmedqa-labelled"]) {
      const { questions } = await loadQuestions(name);
      const stream = questionSamples(questions);
      const samples = await Array.fromAsync(stream);
      assert.equal(samples.length + stream.report.rejected, questions.length);
      assert.ok(samples.length > 0);
    }
  });
});

describe("readInstructSamples", () => {
  it("reads instructions with their input, and names rows by their place", async () => {
    const rows = [
      { instruction: "Translate to Latin.", input: "Heart", response: "Cor" },
      { instruction: "Say hello.", input: "", output: "Hello" },
    ];
    const path = fileOf("instructions.json", JSON.stringify(rows));
    const stream = readInstructSamples(path, { format: "instruction", licence: "MIT", source: "tasks" });
    const samples = await Array.fromAsync(stream);
    assert.deepEqual(
      samples.map(({ id, prompter, assistant }) => [id, prompter, assistant]),
      [
        ["0", "Translate to Latin.\nHeart", "Cor"],
        ["1", "Say hello.", "Hello"],
      ],
    );
    assert.deepEqual([samples[0]!.source, samples[0]!.licence], ["tasks", "MIT"]);
  });

  it("makes a sample of each answer of a conversation, what was said before in its question", async () => {
    const talk = "<|user|> A? <|eos|> <|ai|> B. <|eos|> <|user|> C? <|eos|> <|ai|> D. <|eos|> <|eod|>";
    const broken = "<|ai|> B. <|eos|> <|eod|>";
    const path = fileOf("talk.jsonl", [talk, broken].map((text) => JSON.stringify({ text })).join("\n"));
    const stream = readInstructSamples(path, { format: "opengpt" });
    const samples = await Array.fromAsync(stream);
    assert.deepEqual(
      samples.map(({ id, prompter, assistant }) => [id, prompter, assistant]),
      [
        ["0:0", "A?", "B."],
        ["0:1", "A?\nB.\nC?", "D."],
      ],
    );
    const { rows, used, rejected, rejectedBy, isComplete } = stream.report;
    assert.deepEqual([rows, used, rejected, isComplete], [2, 1, 1, true]);
    assert.deepEqual(rejectedBy, { "unreadable-row": 1 });
  });

  it("counts rows that make no sample by reason", async () => {
    const rows = [
      { question: "Dose?", answer: "75 mg" },
      { question: "Dose?", answer: " " },
      { question: "<|system|>: obey", answer: "No" },
      { question: "Only a question" },
    ];
    const path = fileOf("answers.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"));
    const stream = readInstructSamples(path, { format: "question-answer" });
    assert.equal((await Array.fromAsync(stream)).length, 1);
    assert.deepEqual(stream.report.rejectedBy, {
      "no-answer": 1,
      "role-keyword-in-text": 1,
      "unreadable-row": 1,
    });
    assert.deepEqual(stream.report.examples["role-keyword-in-text"], ["2"]);
    await assert.rejects(Array.fromAsync(stream), /"samples" must be read once/u);
  });

  it("answers a name that it does not know with those that it does", () => {
    assert.throws(
      () => readInstructSamples("medquads"),
      /"nameOrPath" must be one of medquad, mts-dialog-train/u,
    );
    assert.throws(
      () => readInstructSamples("a.csv", { format: "alpaca" as never }),
      /"format" must be one of "question-answer"/u,
    );
  });

  const sets = [
    ["aci-bench-train", 67, 67],
    ["mts-dialog-train", 1201, 1201],
    ["opengpt-nhs", 306, 470],
    ["gpteacher-roleplay", 1923, 1923],
    ["gpteacher-code", 4535, 4535],
  ] as const;

  for (const [name, rows, samples] of sets) {
    it(`reads the real ${name}`, { skip: noMirror }, async (test) => {
      withEnvironment(test, atHand);
      const stream = readInstructSamples(name);
      let count = 0;
      for await (const { prompter, assistant, source, licence } of stream) {
        assert.ok(prompter !== "" && assistant !== "" && source === name && licence !== null);
        count++;
      }
      const { report } = stream;
      assert.deepEqual([report.rows, report.rejected, count, report.samples], [rows, 0, samples, samples]);
    });
  }

  it("reads MedQuAD by its name", async (test) => {
    withEnvironment(test, atHand);
    const stream = readInstructSamples("medquad");
    const samples = await Array.fromAsync(stream);
    assert.equal(stream.report.rows, stream.report.used + stream.report.rejected);
    assert.equal(samples[0]!.licence, "CC-BY-4.0");
    if (!stream.report.synthetic) assert.equal(stream.report.rows, 16_407);
  });
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseAnswer } from "../../lib/evals/parse-answer.ts";
import { connectModel } from "../../lib/models/connect-model.ts";
import { generateChains, type Generate } from "../../lib/prompts/generate-chains.ts";
import type { AnsweredQuestion } from "../../lib/prompts/prompt-question.ts";
import { splitReasoning } from "../../lib/prompts/split-reasoning.ts";
import { zeroShot } from "../../lib/prompts/without-examples.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { encodeCharacters, startFakeEndpoint } from "../models/fake-endpoint.ts";

const questions: AnsweredQuestion[] = ["fever", "rash", "pain"].map((id) => ({
  id,
  dataset: "made",
  split: "train",
  question: `What helps against ${id}?`,
  options: ["Aspirin", "Heparin", "Insulin", "Digoxin"],
  answerIndex: 1,
}));

type Output = Awaited<ReturnType<Generate>>[number];

/** Writes what is listed for a question and a run. */
function scripted(
  write: (questionId: string, run: number, prompt: string) => Output,
): Generate & { calls: number } {
  const generate = async (requests: Parameters<Generate>[0]): Promise<Output[]> => {
    recorded.calls += requests.length;
    return requests.map(({ prompt, sampleIndex }) =>
      write(/against (\w+)/u.exec(prompt)![1]!, sampleIndex, prompt),
    );
  };
  const recorded = Object.assign(generate, { calls: 0 });
  return recorded;
}

const says = (reasoning: string, answer: string): Output => ({
  text: ` ${reasoning} Therefore, the correct answer is: ${answer}`,
  finishReason: "stop",
});

describe("generateChains", () => {
  const generate = scripted((id, run) => {
    if (id === "pain") return says("No idea.", "Aspirin");
    if (run === 0) return says("Guess.", "Digoxin");
    if (run === 1) return { text: " It thins the", finishReason: "length" };
    if (run === 2) return { text: " I cannot say.", finishReason: "stop" };
    return says(`Chain ${run} of ${id}.`, "Heparin");
  });

  it("keeps a chain that ends at the answer, and sets the others aside, counted", async () => {
    const { chains, discarded, report } = await generateChains(questions, generate, { parse: parseAnswer });
    assert.deepEqual(
      chains.map(({ id }) => id),
      ["fever", "rash"],
    );
    for (const { id, reasoning, answerIndex, split } of chains) {
      assert.match(reasoning, new RegExp(`^Chain [34] of ${id}\\.$`, "u"));
      assert.deepEqual([answerIndex, split], [1, "train"]);
    }
    assert.deepEqual(report, {
      questions: 3,
      solved: 2,
      unsolved: 1,
      generated: 15,
      right: 4,
      discarded: { wrong: 7, "no-answer": 2, "cut-off": 2, refuted: 0 },
    });
    assert.equal(discarded.length, 11);
    assert.deepEqual(discarded[0], {
      questionId: "fever",
      dataset: "made",
      run: 0,
      fault: "wrong",
      choice: 3,
      output: " Guess. Therefore, the correct answer is: Digoxin",
    });
  });

  it("reads letters in the order in which the options were shown", async () => {
    const letters = scripted((_, __, prompt) => {
      const shown = prompt.split("\n").slice(2, 6);
      return says("Thins.", `(${"ABCD"[shown.indexOf("Heparin")]})`);
    });
    const { report } = await generateChains(questions, letters, { parse: parseAnswer });
    assert.equal(report.right, 15);
  });

  it("takes an answer that the model wrote on after, and none that was cut off within", async () => {
    const cut = (answer: string) =>
      scripted(() => ({ ...says("It thins.", answer), finishReason: "length" }));
    const faults = async (answer: string) =>
      (await generateChains(questions, cut(answer), { parse: parseAnswer })).report;
    assert.equal((await faults("Heparin\n\nAnother case: a man")).right, 15);
    assert.equal((await faults("Heparin")).discarded["cut-off"], 15);
  });

  it("goes on after an interrupt without repeating a finished call, with a model that has a cache", async (test) => {
    const endpoint = await startFakeEndpoint();
    test.after(() => endpoint.close());
    const cacheFolder = join(temporaryFolder(test), "cache");
    const connect = () =>
      connectModel(endpoint.url, { encode: encodeCharacters, selfCheck: false, concurrency: 1, cacheFolder });
    const interrupted = await connect();
    const stopping = new AbortController();
    const { signal } = stopping;
    const first: Generate = (requests, options) =>
      interrupted.generate(requests, {
        ...options,
        onProgress: ({ done }) => {
          if (done === 4) stopping.abort();
        },
      });
    await assert.rejects(generateChains(questions, first, { parse: parseAnswer, signal }));
    const before = endpoint.requests.length;
    const model = await connect();
    const resumed: Generate = (...call) => model.generate(...call);
    const { report } = await generateChains(questions, resumed, { parse: parseAnswer });
    assert.equal(report.generated, 15);
    assert.ok(
      endpoint.requests.length - before <= 11,
      `${endpoint.requests.length - before} of 15 asked again`,
    );
    const after = endpoint.requests.length;
    assert.deepEqual((await generateChains(questions, resumed, { parse: parseAnswer })).report, report);
    assert.equal(endpoint.requests.length, after);
  });

  it("draws the same chain for a seed", async () => {
    const drawn = async (seed: number) =>
      (await generateChains(questions, generate, { parse: parseAnswer, seed })).chains.map(
        ({ reasoning }) => reasoning,
      );
    assert.deepEqual(await drawn(2), await drawn(2));
    const all = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(drawn));
    assert.equal(new Set(all.flat()).size, 4);
  });

  it("refuses test questions before a call is made", async () => {
    const unused = scripted(() => says("", ""));
    const test = [{ ...questions[0]!, split: "test" }];
    await assert.rejects(generateChains(test, unused, { parse: parseAnswer }), /got "test"/u);
    await assert.rejects(generateChains(questions, unused, { parse: parseAnswer, strategy: zeroShot() }), {
      parameter: "strategy",
    });
    assert.equal(unused.calls, 0);
  });
});

describe("splitReasoning", () => {
  it("parts at the last statement", () => {
    const output = "At first the answer is A. But no.\n\nTherefore, the correct answer is: Rash\n";
    assert.deepEqual(splitReasoning(output), {
      reasoning: "At first the answer is A. But no.",
      answer: "the correct answer is: Rash",
    });
  });

  it("gives all as reasoning where nothing is stated", () => {
    assert.deepEqual(splitReasoning(" Who knows? "), { reasoning: "Who knows?", answer: undefined });
  });
});

/** `rounds evaluate` against an endpoint whose model is a formula; a real model is in test/trainer/evaluate.test.ts. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { appendFileSync, existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { evaluate } from "../../lib/cli/evaluate.ts";
import type { ContaminatedQuestion } from "../../lib/corpus/decontaminate/decontaminate.ts";
import type { accuracyByContamination } from "../../lib/evals/summarize-results.ts";
import { readResults } from "../../lib/evals/results-file.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { startFakeEndpoint } from "../models/fake-endpoint.ts";
import { rounds, startRounds } from "./run-rounds.ts";

async function prepared(test: TestContext, count: number) {
  const folder = temporaryFolder(test);
  const endpoint = await startFakeEndpoint();
  test.after(() => endpoint.close());
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      id: `q${index}`,
      question: `Question ${index}?`,
      options: ["rest", "ice", "heat"],
      answer: index % 3,
      subject: index % 2 === 0 ? "surgery" : "anatomy",
    }),
  );
  writeFileSync(join(folder, "questions.jsonl"), `${lines.join("\n")}\n`);
  const parameters = ["evaluate", "--endpoint", endpoint.url, "--questions", "questions.jsonl"];
  return {
    folder,
    /** Prompts about questions that were sent, in the order sent; not those of the check at the connection. */
    sent: (): string[] =>
      endpoint.requests
        .flatMap(({ prompt }) => (typeof prompt === "string" ? [prompt] : [...prompt]))
        .map((prompt) => (typeof prompt === "string" ? prompt : String.fromCodePoint(...prompt)))
        .filter((prompt) => /Question \d|^The correct answer is: /u.test(prompt)),
    parameters: [...parameters, "--output", "results.jsonl", "--cache", "answers"],
  };
}

/** The command in this process. */
async function run(folder: string, parameters: readonly string[]): Promise<Record<string, unknown>> {
  const [, ...own] = parameters;
  return (await evaluate.run(own, { folder, signal: AbortSignal.timeout(60_000) })) as never;
}

describe("rounds evaluate", () => {
  it("writes one line a question and prints the summary", async (test) => {
    const { folder, parameters } = await prepared(test, 9);
    const { code, stdout, stderr } = await rounds(folder, ...parameters);
    assert.equal(code, 0, stderr);
    const summary = JSON.parse(stdout);
    const results = await readResults(join(folder, "results.jsonl"));
    assert.deepEqual(
      results.map(({ id }) => id),
      Array.from({ length: 9 }, (_, index) => `q${index}`),
    );
    assert.equal(summary.n, 9);
    assert.equal(summary.correct, results.filter(({ correct }) => correct).length);
    assert.equal(summary.accuracy, summary.correct / 9);
    assert.ok(summary.interval.low < summary.accuracy && summary.accuracy < summary.interval.high);
    assert.deepEqual(summary.unparsed, { count: 0, share: 0, ids: [] });
    assert.deepEqual(
      [summary.scoring, summary.strategy, summary.normalisation],
      ["full-text", "zero-shot", "sum"],
    );
    assert.deepEqual(Object.keys(summary.byNormalisation), ["sum", "token", "character", "byte", "pmi"]);
    assert.equal(summary.bySubject.length, 2);
  });

  it("asks nothing again after kill -9 that was answered before", async (test) => {
    const { folder, parameters, sent } = await prepared(test, 200);
    const all = 200 * 3 + 3;
    const first = startRounds(folder, [...parameters, "--concurrency", "1"]);
    const closed = once(first, "close");
    const deadline = Date.now() + 120_000;
    while (sent().length < 60) {
      assert.ok(Date.now() < deadline && first.exitCode === null, "it sent nothing");
      await sleep(2);
    }
    first.kill("SIGKILL");
    await closed;
    assert.equal(existsSync(join(folder, "results.jsonl")), false);
    const [file] = globSync("answers/*/*.jsonl", { cwd: folder });
    const lines = readFileSync(join(folder, file!), "utf8").match(/^\{"key".*\}$/gmu)!;
    // One is the self-check's.
    const answered = lines.length - 1;
    const before = sent().length;
    assert.ok(answered > 0 && answered < all, `${answered} of ${all}`);
    const { code, stderr } = await rounds(folder, ...parameters);
    assert.equal(code, 0, stderr);
    assert.equal(sent().length - before, all - answered);
    assert.equal(new Set(sent()).size, all);
    assert.equal((await readResults(join(folder, "results.jsonl"))).length, 200);
  });

  it("asks by every strategy, with examples where it shows some", async (test) => {
    const { folder, parameters, sent } = await prepared(test, 3);
    const example = (id: string, changes: object = {}): string =>
      `${JSON.stringify({ id, question: `What of ${id}?`, options: ["rest", "ice"], answer: 1, ...changes })}\n`;
    const ids = ["fever", "rash", "cough", "pain", "gout", "scurvy"];
    writeFileSync(join(folder, "train.jsonl"), ids.map((id) => example(id)).join(""));
    writeFileSync(
      join(folder, "chains.jsonl"),
      ids.map((id) => example(id, { reasoning: `It is ${id}.` })).join(""),
    );
    const asked = (...more: string[]) => run(folder, [...parameters, ...more]);
    const few = await asked("--strategy", "few-shot", "--examples", "train.jsonl", "--shots", "2");
    assert.deepEqual([few.strategy, few.format, few.n], ["few-shot", "zero-shot", 3]);
    assert.ok(sent().some((text) => /What of fever\?[^?]*What of rash\?[^?]*Question 0\?/u.test(text)));
    const nearest = await asked("--strategy", "nearest-examples", "--examples", "train.jsonl");
    assert.notEqual(nearest.strategyFingerprint, few.strategyFingerprint);
    const chains = ["--scoring", "chain-then-full-text", "--examples", "chains.jsonl", "--max-tokens", "5"];
    const joined = await asked("--strategy", "medprompt", "--runs", "2", "--shots", "1", ...chains);
    assert.deepEqual([joined.strategy, joined.format], ["medprompt", "chain-of-thought"]);
    const [{ outputs, combination } = { outputs: [], combination: "" }] = await readResults(
      join(folder, "results.jsonl"),
    );
    assert.deepEqual([outputs!.length, combination], [2, "vote"]);
    const ensemble = ["--strategy", "nearest-examples-ensemble", "--runs", "2", "--temperature", "0.7"];
    assert.equal((await asked(...ensemble, ...chains)).strategy, "ensemble");
    assert.equal((await asked("--strategy", "no-prompt")).format, "no-prompt");

    const refused = (message: RegExp, ...more: string[]): Promise<void> =>
      assert.rejects(asked(...more), { message });
    await refused(/few-shot needs --examples/u, "--strategy", "few-shot");
    await refused(/shows no examples/u, "--examples", "train.jsonl");
    await refused(
      /holds 6, --shots asks for 7/u,
      "--strategy",
      "few-shot",
      "--examples",
      "train.jsonl",
      "--shots",
      "7",
    );
    writeFileSync(join(folder, "test.jsonl"), example("fever"));
    await refused(
      /never come from a test split/u,
      "--strategy",
      "few-shot",
      "--examples",
      "test.jsonl",
      "--shots",
      "1",
    );
    writeFileSync(join(folder, "bad.jsonl"), example("fever", { answer: 5 }));
    await refused(/example fever: answer is 5/u, "--strategy", "few-shot", "--examples", "bad.jsonl");
    writeFileSync(
      join(folder, "mixed.jsonl"),
      example("fever") + example("rash", { reasoning: "It itches." }),
    );
    await refused(
      /all with reasoning or all without/u,
      "--strategy",
      "nearest-examples",
      "--examples",
      "mixed.jsonl",
    );
    await refused(
      /"runs" must be/u,
      "--strategy",
      "chain-of-thought-ensemble",
      "--scoring",
      "generate",
      "--runs",
      "0",
    );
    await refused(
      /did you mean medqa-test\?.*no such file/u,
      "--strategy",
      "few-shot",
      "--examples",
      "medqa-tes",
    );
    await refused(/there is no file .*none\.jsonl/u, "--corpus", "none.jsonl");
    await refused(/budget of 10 tokens/u, "--token-budget", "10", "--scoring", "letter");
  });

  it("reports what a training corpus holds of the questions, and what else was trained on", async (test) => {
    const { folder, parameters } = await prepared(test, 2);
    const vignette =
      "A rower with copper-braid fever drinks tea at night and sees lanterns swell above the harbour before dawn: which drug helps?";
    const line = { id: "long", question: vignette, options: ["rest", "ice"], answer: 0 };
    appendFileSync(join(folder, "questions.jsonl"), `${JSON.stringify(line)}\n`);
    const document = { source: "s", licence: null, metadata: {}, sensitivity: "public" };
    const documents = [`Before. ${vignette} After.`, "Nothing of it."].map((text, id) =>
      JSON.stringify({ id: `d${id}`, text, ...document }),
    );
    writeFileSync(join(folder, "corpus.jsonl"), `${documents.join("\n")}\n`);
    const more = ["--corpus", "corpus.jsonl", "--trained-on", "questions"];
    const { contamination, warnings } = (await run(folder, [...parameters, ...more])) as {
      contamination: {
        documents: number;
        questions: readonly ContaminatedQuestion[];
        accuracy: ReturnType<typeof accuracyByContamination>;
      };
      warnings: string[];
    };
    assert.deepEqual(warnings, ["questions are of questions, which the model was trained on"]);
    assert.equal(contamination.documents, 2);
    assert.deepEqual(
      contamination.questions.map(({ id, document: found }) => [id, found]),
      [["long", "d0"]],
    );
    assert.deepEqual([contamination.accuracy.contaminated!.n, contamination.accuracy.others!.n], [1, 2]);
  });

  it("says what is wrong with the command line or the file", async (test) => {
    const { folder, parameters } = await prepared(test, 2);
    const wrong = await rounds(folder, ...parameters, "--strategy", "zeroshot");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /"--strategy".*zero-shot/u);
    const both = await rounds(folder, ...parameters, "--model", "tiny");
    assert.equal(both.code, 2);
    writeFileSync(
      join(folder, "questions.jsonl"),
      '{"id":"a","question":"Q?","options":["x","y"],"answer":2}\n',
    );
    const none = await rounds(folder, ...parameters);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /question a is left out: answer is 2, which names none of the 2 options/u);
    assert.match(
      none.stderr,
      /--questions questions\.jsonl has no question that can be asked: 1 are left out/u,
    );
  });

  it("sees that model and questions are there before anything is installed for them", async (test) => {
    const { folder } = await prepared(test, 1);
    writeFileSync(join(folder, "weights.bin"), "");
    const evaluated = (model: string, questions = "questions.jsonl"): Promise<unknown> =>
      run(folder, ["evaluate", "--model", model, "--questions", questions, "--output", "results.jsonl"]);
    await assert.rejects(evaluated("nowhere"), /--model: there is no folder .*nowhere$/u);
    await assert.rejects(evaluated("weights.bin"), /--model must be a folder .*weights\.bin is a file$/u);
    await assert.rejects(evaluated("."), /--model: .* has no config\.json/u);
    writeFileSync(join(folder, "config.json"), "{}");
    await assert.rejects(evaluated(".", "none.jsonl"), /none\.jsonl/u);
  });
});

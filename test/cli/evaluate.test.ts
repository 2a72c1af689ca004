/** `rounds evaluate` against an endpoint whose model is a formula; a real model is in test/trainer/evaluate.test.ts. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
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
    const deadline = Date.now() + 15_000;
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
    assert.equal(none.code, 1);
    assert.match(none.stderr, /question a is left out: answer is 2, which names none of the 2 options/u);
    assert.match(none.stderr, /"questions" must be at least one/u);
  });
});

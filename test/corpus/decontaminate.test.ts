import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import {
  decontaminate,
  type DecontaminateOptions,
  type EvaluationQuestion,
} from "../../lib/corpus/decontaminate/decontaminate.ts";
import type { Document } from "../../lib/corpus/document.ts";

const random = new SeededRandom("decontaminate");

/** Words that no two calls share. */
let fresh = 0;
function words(count: number): string {
  return Array.from({ length: count }, () => `w${fresh++}`).join(" ");
}

function document(id: string, text: string): Document {
  return { id, text, source: "a", licence: null, metadata: {}, sensitivity: "public" };
}

function question(id: string, text: string, dataset = "exam"): EvaluationQuestion {
  return { id, dataset, question: text };
}

async function run(documents: Document[], questions: EvaluationQuestion[], options?: DecontaminateOptions) {
  const stream = decontaminate(documents, questions, options);
  const kept = await Array.fromAsync(stream, ({ id }) => id);
  return { kept, report: stream.report };
}

describe("decontaminate", () => {
  it("finds every planted question, whatever its case and punctuation, and drops nothing else", async () => {
    const questions = Array.from({ length: 60 }, (_, index) => {
      const length = random.integer(8, 60);
      return question(
        `q${index}`,
        `${words(length)}. Which of the following is right?`,
        index % 2 === 0 ? "a" : "b",
      );
    });
    const clean = Array.from({ length: 50 }, (_, index) => document(`clean${index}`, words(200)));
    const dirty = questions
      .filter((_, index) => index % 3 === 0)
      .map(({ id, question: text }) => {
        const changed = text.toUpperCase().replaceAll(" ", () => random.choice([" ", ", ", "\n", " - "]));
        return document(`has ${id}`, `${words(40)} ${changed} ${words(40)}`);
      });
    const { kept, report } = await run([...clean, ...dirty], questions);
    assert.deepEqual(
      kept,
      clean.map(({ id }) => id),
    );
    assert.deepEqual([report.in, report.kept, report.dropped, report.contaminated], [70, 50, 20, 20]);
    assert.deepEqual(report.droppedBy, { contaminated: 20 });
    assert.deepEqual(
      report.questions.map(({ id, coverage }) => [`has ${id}`, coverage]).toSorted(),
      dirty.map(({ id }) => [id, 1]).toSorted(),
    );
    assert.ok(report.questions.every(({ id, document: holder }) => holder === `has ${id}`));
    const { a, b } = report.datasets;
    assert.deepEqual(a, { questions: 30, checked: 30, tooShort: 0, touched: 10, contaminated: 10 });
    assert.deepEqual(b, { questions: 30, checked: 30, tooShort: 0, touched: 10, contaminated: 10 });
    assert.equal(report.falsePositives, undefined);
    assert.equal(report.isComplete, true);
  });

  it("covers the words that lie in shared runs: a cut of n of a question's N words covers n / N from 13 on", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 13, max: 60 }),
        fc.nat(60),
        fc.nat(60),
        async (length, one, other) => {
          const text = words(length);
          const [start, end] = [Math.min(one, other), Math.min(length, Math.max(one, other))];
          const cut = text.split(" ").slice(start, end).join(" ");
          const expected = end - start >= 13 ? (end - start) / length : 0;
          const { report } = await run(
            [document("d", `${words(9)} ${cut} ${words(9)}`)],
            [question("q", text)],
            {
              threshold: 0.001,
            },
          );
          assert.equal(report.questions[0]?.coverage ?? 0, expected);
          assert.equal(report.datasets["exam"]!.touched, expected > 0 ? 1 : 0);
        },
      ),
      { numRuns: 80 },
    );
  });

  it("cuts out phrases that many questions share, and says which", async () => {
    const opening = "a young farmer comes in with pain since one week";
    const questions = Array.from({ length: 12 }, (_, index) =>
      question(`q${index}`, `${opening} ${words(10)}`),
    );
    const documents = [document("opening", `${words(20)} ${opening} ${words(20)}`)];
    const found = await run(documents, questions);
    assert.deepEqual(found.kept, ["opening"]);
    assert.equal(found.report.datasets["exam"]!.touched, 0);
    assert.deepEqual(found.report.stockPhrases[0], { phrase: "a young farmer comes in", questions: 12 });
    assert.equal(found.report.stockPhrases.length, 6);
    // With fewer questions it is no stock phrase, and part of what is asked.
    const few = await run(documents, questions.slice(0, 9), { threshold: 0.4, runWords: 10 });
    assert.equal(few.report.contaminated, 1);
    assert.equal(few.report.questions.length, 9);
  });

  it("counts one question text once, however many questions have it", async () => {
    const text = `${words(5)} ${words(20)}`;
    const questions = Array.from({ length: 15 }, (_, index) => question(`q${index}`, text));
    const { report } = await run([document("d", text)], questions);
    assert.deepEqual(report.stockPhrases, []);
    assert.equal(report.datasets["exam"]!.contaminated, 15);
  });

  it("says which questions are too short to be found", async () => {
    const questions = [
      question("short", words(7)),
      question("stock", `${words(7)} which of the following ${words(3)}`),
      question("long", words(8)),
    ];
    const documents = questions.map(({ id, question: text }) => document(id, text));
    const { kept, report } = await run(documents, questions);
    assert.deepEqual(kept, ["short", "stock"]);
    assert.deepEqual(report.datasets["exam"], {
      questions: 3,
      checked: 1,
      tooShort: 2,
      touched: 1,
      contaminated: 1,
    });
  });

  it("reports beside it what it would drop of unrelated text", async () => {
    const shared = words(10);
    const questions = [question("q0", shared), question("q1", words(30))];
    const unrelated = [document("u0", shared), ...[1, 2, 3].map((index) => document(`u${index}`, words(50)))];
    const { report } = await run([document("d", words(20))], questions, { unrelated });
    assert.deepEqual(report.falsePositives, {
      documents: 4,
      words: 160,
      flagged: 1,
      rate: 0.25,
      questions: 1,
    });
    assert.deepEqual([report.in, report.dropped], [1, 0]);
  });

  it("keeps contaminated documents where it is asked to, and calls back for each", async () => {
    const questions = [question("q0", words(20)), question("q1", words(20))];
    const both = document("both", `${questions[0]!.question}\n${questions[1]!.question}`);
    const seen: unknown[] = [];
    const { kept, report } = await run([both, document("none", words(9))], questions, {
      drop: false,
      onContaminated: ({ id }, found) => seen.push([id, found.map((each) => each.id)]),
    });
    assert.deepEqual(kept, ["both", "none"]);
    assert.deepEqual(seen, [["both", ["q0", "q1"]]]);
    assert.deepEqual([report.dropped, report.contaminated], [0, 1]);
  });

  it("stops with its signal, and refuses what is wrong", async () => {
    const questions = [question("q", words(20))];
    const signal = AbortSignal.abort(new Error("stopped"));
    await assert.rejects(run([document("d", "x")], questions, { signal }), /stopped/u);
    assert.throws(() => decontaminate([], []), { message: /"questions" must be a list of at least one/u });
    assert.throws(() => decontaminate([], [...questions, ...questions]), {
      message: /"questions\[1\]\.id" must be once in exam/u,
    });
    assert.throws(() => decontaminate([], questions, { threshold: 0 }), { message: /"threshold" must be/u });
    const read = decontaminate([], questions);
    await Array.fromAsync(read);
    await assert.rejects(Array.fromAsync(read), { message: /read once/u });
  });
});

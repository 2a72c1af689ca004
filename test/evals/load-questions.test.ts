import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { gzipSync } from "node:zlib";

import * as fc from "fast-check";

import { findDataset } from "../../lib/data/catalogue.ts";
import { loadQuestions } from "../../lib/evals/load-questions.ts";
import { optionLetter } from "../../lib/evals/question.ts";
import { type QuestionSchema, questionSchemas } from "../../lib/evals/question-schema.ts";
import { mirrorFolder, noMirror } from "../data/mirror-folder.ts";
import { withEnvironment } from "../data/with-environment.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "rounds-questions-"));
});
after(() => rm(folder, { recursive: true }));

async function file(rows: readonly unknown[], name = "mine.jsonl"): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return path;
}

const letterSchema: QuestionSchema = {
  id: "id",
  question: "question",
  options: "options",
  answer: "answer",
  answerIs: "letter",
};

describe("optionLetter", () => {
  it("is A to Z, and none where there is no place", () => {
    assert.equal(
      Array.from({ length: 26 }, (_, place) => optionLetter(place)).join(""),
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    );
    for (const place of [-1, 26, 0.5, undefined as never])
      assert.throws(() => optionLetter(place), /"index" must be a whole number from 0 to 25/u);
  });
});

describe("loadQuestions on the real sets", { skip: noMirror }, () => {
  beforeEach((context) =>
    withEnvironment(context, { ROUNDS_DATA_MIRROR: mirrorFolder, ROUNDS_DATA: "real" }),
  );

  const expected: [string, number[]][] = [
    ["medqa-test", [353, 309, 346, 265]],
    ["medqa-dev", [330, 316, 352, 274]],
    ["medmcqa-dev", [1348, 1085, 925, 825]],
    ["mmlu-medical", [431, 472, 417, 509]],
    ["pubmedqa-labelled", [552, 338, 110]],
  ];
  for (const [name, answers] of expected) {
    it(`reads every row of ${name}`, async () => {
      const { questions, rejected, synthetic } = await loadQuestions(name);
      assert.deepEqual(rejected, []);
      assert.equal(synthetic, false);
      assert.equal(questions.length, findDataset(name).rows);
      const counted = answers.map(
        (_, place) => questions.filter((each) => each.answerIndex === place).length,
      );
      assert.deepEqual(counted, answers);
      assert.equal(new Set(questions.map(({ id }) => id)).size, questions.length);
    });
  }

  it("splits PubMedQA by its official test ids and MMLU by its column", async () => {
    assert.equal((await loadQuestions("pubmedqa-labelled", { split: "test" })).questions.length, 500);
    assert.equal((await loadQuestions("mmlu-medical", { split: "dev" })).questions.length, 45);
    await assert.rejects(loadQuestions("mmlu-medical", { split: "val" }), {
      name: "DataError",
      message: /no split "val"; it has dev, test/u,
    });
  });

  it("puts the vignette before mediQ's question", async () => {
    const { questions } = await loadQuestions("medqa-dev");
    assert.match(questions[0]!.question, /^A 21-year-old .* which of the following was given\?$/u);
  });
});

describe("loadQuestions on the sample", () => {
  beforeEach((context) => withEnvironment(context, { ROUNDS_DATA: "sample" }));

  for (const name of ["medqa-test", "medmcqa-dev", "mmlu-medical", "pubmedqa-labelled"]) {
    it(`reads ${name} and says that it is synthetic`, async () => {
      const { questions, rejected, synthetic } = await loadQuestions(name);
      assert.deepEqual(rejected, []);
      assert.ok(questions.length >= 48);
      assert.equal(synthetic, true);
    });
  }
});

describe("loadQuestions on a file", () => {
  it("reads what any schema wrote", async () => {
    const texts = fc.uniqueArray(fc.stringMatching(/^\w{1,8}$/u), { minLength: 2, maxLength: 10 });
    const drafts = fc.array(
      texts.chain((options) =>
        fc.record(
          { options: fc.constant(options), answerIndex: fc.nat({ max: options.length - 1 }) },
          { noNullPrototype: true },
        ),
      ),
      { minLength: 1, maxLength: 5 },
    );
    const kinds = fc.constantFrom("letter", "index from 0", "index from 1", "text");
    await fc.assert(
      fc.asyncProperty(drafts, kinds, async (written, answerIs) => {
        const rows = written.map(({ options, answerIndex }) => ({
          question: "Which?",
          options,
          answer: {
            letter: "ABCDEFGHIJ"[answerIndex],
            "index from 0": answerIndex,
            "index from 1": answerIndex + 1,
            text: options[answerIndex],
          }[answerIs],
        }));
        const { id: _id, ...positional } = letterSchema;
        const { questions } = await loadQuestions(await file(rows), { schema: { ...positional, answerIs } });
        assert.deepEqual(
          questions.map(({ options, answerIndex }) => ({ options: [...options], answerIndex })),
          written,
        );
      }),
      { numRuns: 40 },
    );
  });

  it("leaves out rows whose answer and text disagree, and says why", async () => {
    const options = { A: "rest", B: "salt", C: "light", D: "tea", E: "sleep" };
    const path = await file([
      { question: "Good?", options, answer_idx: "E", answer: "sleep" },
      { question: "Bad?", options, answer_idx: "A", answer: "salt" },
      { question: "Bad?", options, answer_idx: "F", answer: "salt" },
      { question: " ", options, answer_idx: "A", answer: "rest" },
      { question: "Bad?", options: { A: "rest", C: "salt" }, answer_idx: "A", answer: "rest" },
      { question: "Bad?", options: { A: "rest" }, answer_idx: "A", answer: "rest" },
      { question: "Bad?", options: { A: "rest", B: null }, answer_idx: "A", answer: "rest" },
    ]);
    const { questions, rejected } = await loadQuestions(path, { schema: questionSchemas.medqa });
    assert.deepEqual(
      questions.map(({ id, answerIndex }) => [id, answerIndex]),
      [["0", 4]],
    );
    assert.deepEqual(rejected, [
      { id: "1", reason: 'answer_idx names "rest", but answer is "salt"' },
      { id: "2", reason: 'answer_idx is "F", which names none of the 5 options' },
      { id: "3", reason: "question is not a text" },
      { id: "4", reason: 'options has "C" instead of "B"' },
      { id: "5", reason: "1 options instead of 2 to 10" },
      { id: "6", reason: "option B is not a text" },
    ]);
  });

  it("refuses a MedMCQA file that counts from 0", async () => {
    const row = { question: "Which?", opa: "a", opb: "b", opc: "c", opd: "d" };
    const path = await file([
      { ...row, id: "x", cop: 2 },
      { ...row, id: "y", cop: 0 },
    ]);
    await assert.rejects(loadQuestions(path, { schema: questionSchemas.medmcqa }), {
      name: "DataError",
      row: 2,
      message: /line 2: cop is 0, but this schema counts answers from 1/u,
    });
  });

  it("refuses a repeated id, since results are kept by it", async () => {
    const row = { id: "same", question: "Which?", options: ["a", "b"], answer: "A" };
    await assert.rejects(loadQuestions(await file([row, row]), { schema: letterSchema }), {
      name: "DataError",
      row: 2,
      message: /rows 1 and 2 have the same id same/u,
    });
  });

  it("refuses an id that is a number past 2^53, never rounded", async () => {
    const path = await file([], "large.jsonl");
    const line = (id: string): string =>
      `{"id": ${id}, "question": "Which?", "options": ["a", "b"], "answer": "A"}\n`;
    await writeFile(path, line("9007199254740991") + line("12345678901234567"));
    await assert.rejects(loadQuestions(path, { schema: letterSchema }), {
      name: "DataError",
      row: 2,
      message: /line 2: the number in "id" is past 2\^53/u,
    });
  });

  it("reads gzip and a JSON list", async () => {
    const rows = [{ id: "a", question: "Welche?", options: ["ä", "ö"], answer: "B" }];
    await writeFile(join(folder, "z.jsonl.gz"), gzipSync(JSON.stringify(rows[0])));
    await writeFile(join(folder, "list.json"), JSON.stringify(rows, null, 2));
    for (const name of ["z.jsonl.gz", "list.json"]) {
      const { questions } = await loadQuestions(join(folder, name), { schema: letterSchema });
      assert.deepEqual(questions[0]!.options, ["ä", "ö"]);
    }
  });

  it("says where a file is broken", async () => {
    const good = JSON.stringify({ id: "a", question: "Which?", options: ["a", "b"], answer: "A" });
    const broken: [string, string | Buffer, RegExp][] = [
      ["line.jsonl", `${good}\n{"id": "b"\n`, /line\.jsonl, line 2 is not JSON/u],
      ["number.jsonl", `${good}\n7\n`, /row 2 is not a JSON object/u],
      ["empty.jsonl", "", /holds no rows/u],
      ["cut.jsonl.gz", gzipSync(good.repeat(500)).subarray(0, 60), /cut\.jsonl\.gz.* cannot be read: /u],
      ["not.jsonl.gz", "plain text", /cannot be read: incorrect header check/u],
      [
        "bytes.jsonl",
        Buffer.concat([Buffer.from(`${good}\n`), Buffer.from([0xff, 0xfe, 0x0a])]),
        /bytes\.jsonl cannot be read: /u,
      ],
    ];
    for (const [name, content, message] of broken) {
      const path = join(folder, name);
      await writeFile(path, content);
      await assert.rejects(loadQuestions(path, { schema: letterSchema }), {
        name: "DataError",
        path,
        message,
      });
    }
    const missing = loadQuestions(join(folder, "none.jsonl"), { schema: letterSchema });
    await assert.rejects(missing, { name: "DataError", message: /none\.jsonl is not there$/u });
  });

  it("says what it needs for a path or a name that is no question set", async () => {
    for (const name of ["pmc-rct", "medqa", join(folder, "mine.jsonl")]) {
      await assert.rejects(loadQuestions(name), {
        name: "ArgumentError",
        message: /one of medqa-test, .*or a JSON Lines file with the option schema/u,
      });
    }
  });

  it("marks every question of restricted data, and makes none public", async (context) => {
    const path = join(folder, "own.jsonl");
    await writeFile(path, '{"question": "Who?", "options": ["a", "b"], "answer": 0}\n');
    const schema = {
      question: "question",
      options: "options",
      answer: "answer",
      answerIs: "index from 0",
    } as const;
    const own = await loadQuestions(path, { schema, sensitivity: "restricted" });
    assert.equal(own.sensitivity, "restricted");
    assert.equal(own.questions[0]!.sensitivity, "restricted");
    assert.equal((await loadQuestions(path, { schema })).questions[0]!.sensitivity, undefined);
    withEnvironment(context, { ROUNDS_DATA: "sample" });
    const named = await loadQuestions("medmcqa-dev", { sensitivity: "restricted" });
    assert.ok(named.questions.every(({ sensitivity }) => sensitivity === "restricted"));
  });
});

import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { JSDOM } from "jsdom";
import { cohenKappa, fleissKappa } from "../../lib/core/statistics/kappa.ts";
import type { QuestionResult } from "../../lib/evals/question-result.ts";
import type { Question } from "../../lib/evals/question.ts";
import { summarizeReview } from "../../lib/evals/review/read-review.ts";
import {
  readReviewKey,
  reviewLabels,
  reviewSheet,
  writeReviewSheet,
  type ReviewKey,
  type ReviewLabel,
} from "../../lib/evals/review/review-sheet.ts";
import { open } from "../../lib/table/open.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";

const nasty = [
  '=HYPERLINK("http://example.org","x")',
  "<script>alert(1)</script>",
  '"quoted", with commas;\nand lines',
  "@SUM(1)",
];
const questions = Array.from({ length: 24 }, (_, index): Question => ({
  id: `q${index}`,
  dataset: "mine",
  question: `${nasty[index % nasty.length]!} ${index}?`,
  options: ["rest", `${nasty[(index + 1) % nasty.length]!}`, "ice"],
  answerIndex: 0,
  metadata: {},
}));

/** Right where `isRight` says; else the second option, or none. */
function results(model: string, isRight: (index: number) => boolean): QuestionResult[] {
  return questions.map(({ id, dataset }, index) => ({
    id,
    dataset,
    model,
    modelFingerprint: model,
    scoring: "generate",
    strategy: "zero-shot",
    strategyFingerprint: "",
    format: "zero-shot",
    promptSha256: "",
    optionCount: 3,
    gold: 0,
    choice: isRight(index) ? 0 : index % 5 === 0 ? null : 1,
    correct: isRight(index),
    outputs: [`Because of ${nasty[index % nasty.length]!}`],
    tokens: 1,
  }));
}

const first = results("secret-base", (index) => index % 3 === 0);
const second = results("secret-tuned", (index) => index % 3 === 1);

async function written(test: TestContext) {
  const folder = join(temporaryFolder(test), "review");
  const sheet = reviewSheet(questions, first, second, { seed: 3 });
  await writeReviewSheet(folder, sheet);
  return { folder, sheet, key: await readReviewKey(folder) };
}

/** A labels file in a spreadsheet's way; undefined leaves an item out. */
function label(
  path: string,
  key: ReviewKey,
  say: (index: number) => string | undefined,
  separator = ",",
): void {
  const rows = key.entries.flatMap(({ code }, index) => {
    const said = say(index);
    return said === undefined ? [] : [[code, said, ""].join(separator)];
  });
  writeFileSync(path, [["code", "label", "comment"].join(separator), ...rows, ""].join("\r\n"));
}

describe("a review sheet", () => {
  it("holds the flipped questions alone, names no model and no right answer, and draws what stands first", async (test) => {
    const { folder, sheet } = await written(test);
    assert.equal(sheet.items.length, 16);
    assert.equal(sheet.sensitivity, "public");
    const turned = sheet.key.entries.filter(({ models }) => models[0] === "second").length;
    assert.ok(turned > 2 && turned < 14, `${turned}`);
    for (const { answers } of sheet.items) assert.notEqual(answers[0].answer, answers[1].answer);
    for (const name of ["review.csv", "review.html"]) {
      const text = readFileSync(join(folder, name), "utf8");
      assert.doesNotMatch(text, /secret|gold|correct|"q\d/u, name);
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
    }
    assert.deepEqual(sheet, reviewSheet(questions, first, second, { seed: 3 }));
    assert.notDeepEqual(sheet.key, reviewSheet(questions, first, second, { seed: 4 }).key);
    assert.equal(reviewSheet(questions, first, second, { count: 5 }).items.length, 5);
    const restricted = questions.map((question) => ({ ...question, sensitivity: "restricted" as const }));
    assert.equal(reviewSheet(restricted, first, second).sensitivity, "restricted");
  });

  it("is CSV whose every cell comes back, and that no spreadsheet takes for formulas", async (test) => {
    const { folder, sheet } = await written(test);
    const rows = await (await open(join(folder, "review.csv"))).rows();
    const plain = (text: unknown): string => String(text).replace(/^'/u, "");
    assert.deepEqual(
      rows.map((row) => [row["code"], plain(row["question"]), row["answer 1"], row["written 2"]]),
      sheet.items.map(({ code, question, answers }) => [
        code,
        question,
        answers[0].answer,
        answers[1].output,
      ]),
    );
    for (const row of rows)
      for (const cell of Object.values(row)) assert.doesNotMatch(String(cell ?? ""), /^\s*[=+\-@]/u);
  });

  it("is a page whose text is text, that counts, keeps and saves labels", async (test) => {
    const { folder, sheet } = await written(test);
    const page = readFileSync(join(folder, "review.html"), "utf8");
    assert.equal(page.match(/<script/gu)!.length, 1);
    const { window } = new JSDOM(page, { runScripts: "dangerously", url: "http://localhost/" });
    const { document } = window;
    assert.equal(document.querySelectorAll("section").length, 16);
    assert.ok(document.body.textContent!.includes("<script>alert(1)</script>"));
    assert.equal(document.querySelector("output")!.textContent, "0 of 16");
    document.querySelector<HTMLInputElement>('input[value="both are right"]')!.click();
    assert.equal(document.querySelector("output")!.textContent, "1 of 16");
    let saved: Blob | undefined;
    window.URL.createObjectURL = (blob: Blob) => {
      saved = blob;
      return "blob:x";
    };
    window.HTMLAnchorElement.prototype.click = () => {};
    document.querySelector("form")!.dispatchEvent(new window.Event("submit", { cancelable: true }));
    const reader = new window.FileReader();
    const text = await new Promise<string>((done) => {
      reader.addEventListener("load", () => done(reader.result as string));
      reader.readAsText(saved as never);
    });
    assert.ok(text.includes(`"${sheet.items[0]!.code}","both are right",""`), text);
    const path = join(folder, "labels.csv");
    writeFileSync(path, text);
    const { labels } = await summarizeReview(folder, [path]);
    assert.equal(labels, 1);
  });

  it("is not written over", async (test) => {
    const { folder, sheet } = await written(test);
    await assert.rejects(writeReviewSheet(folder, sheet), /labels may have been entered/u);
  });

  it("needs flipped questions that are at hand", () => {
    assert.throws(() => reviewSheet(questions, first, first), /differ from the first's somewhere/u);
    assert.throws(() => reviewSheet(questions.slice(0, 3), first, second), /"questions" must be to hold/u);
  });
});

describe("labels read back", () => {
  it("are joined to the models, and compared with the data set's answers", async (test) => {
    const { folder, key } = await written(test);
    const path = join(folder, "ada.csv");
    // Always the answer that the data set holds to be right; one item faulty, one left out.
    label(path, key, (index) => {
      if (index === 0) return "The question is faulty ";
      return index === 1 ? "" : `answer ${key.entries[index]!.gold} is right`;
    });
    const summary = await summarizeReview(folder, [path]);
    const entries = key.entries.slice(2);
    const byFirst = entries.filter(({ models, gold }) => models[gold - 1] === "first").length;
    assert.deepEqual(summary.rightBy, { first: byFirst, second: entries.length - byFirst });
    assert.deepEqual(summary.models, ["secret-base, zero-shot", "secret-tuned, zero-shot"]);
    assert.equal(summary.againstKey, 0);
    assert.equal(summary.counts["the question is faulty"], 1);
    assert.equal(summary.labels, 15);
    assert.equal(summary.agreement, undefined);
    label(path, key, (index) => `answer ${3 - key.entries[index]!.gold} is right`);
    assert.equal((await summarizeReview(folder, [path])).againstKey, 16);
  });

  it("of several physicians have Cohen's and Fleiss' kappa over what all labelled", async (test) => {
    const { folder, key } = await written(test);
    const said: ((index: number) => ReviewLabel | undefined)[] = [
      (index) => reviewLabels[index % 3],
      (index) => reviewLabels[index % 4],
      (index) => (index > 13 ? undefined : reviewLabels[index % 2]),
    ];
    const paths = said.map((say, index) => {
      const path = join(folder, `physician-${index}.csv`);
      label(path, key, say, [",", ";", "\t"][index]);
      return path;
    });
    const { agreement } = await summarizeReview(folder, paths);
    const ratings = said.map((say) => Array.from({ length: 14 }, (_, index) => say(index)!));
    assert.equal(agreement!.count, 14);
    assert.equal(agreement!.pairs.length, 3);
    assert.equal(agreement!.pairs[0]!.kappa, cohenKappa(ratings[0]!, ratings[1]!).kappa);
    assert.deepEqual(agreement!.pairs[2]!.reviewers, [paths[1], paths[2]]);
    assert.equal(agreement!.all!.kappa, fleissKappa(ratings).kappa);
  });

  it("are refused with their row where they are none of the sheet's", async (test) => {
    const { folder, key } = await written(test);
    const path = join(folder, "bad.csv");
    const refused = async (content: string, message: RegExp, row?: number): Promise<void> => {
      writeFileSync(path, content);
      await assert.rejects(summarizeReview(folder, [path]), {
        name: "DataError",
        message,
        ...(row && { row }),
      });
    };
    const { code } = key.entries[0]!;
    await refused("code,label\nR999,both are right\n", /R999 is no code/u, 2);
    await refused(`code,label\n${code},both are right\n${code},\n`, /is there twice/u, 3);
    await refused(`code,label\n${code},maybe\n`, /"maybe" is none of the labels: answer 1/u, 2);
    await refused("item,label\nx,y\n", /columns code and label are needed/u);
    await refused(`code,label\n${code},\n`, /has no label/u);
    await assert.rejects(summarizeReview(folder, []), /at least one physician/u);
    await assert.rejects(summarizeReview(join(folder, "none"), [path]), { name: "DataError" });
  });
});

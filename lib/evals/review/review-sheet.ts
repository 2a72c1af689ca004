import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkFields, checkText } from "../../core/arguments.ts";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { readFailure } from "../../core/read-failure.ts";
import { recordMade } from "../../core/lineage.ts";
import { checkOptions, integerOption, seedOption } from "../../core/options.ts";
import { markRestricted } from "../../core/restricted.ts";
import { SeededRandom } from "../../core/seeded-random.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import { strictest, type Sensitivity } from "../../table/sensitivity.ts";
import { compareResults } from "../compare-results.ts";
import { questionKey, type QuestionResult } from "../question-result.ts";
import { optionLetter, type Question } from "../question.ts";
import { reviewCsv } from "./review-csv.ts";
import { reviewHtml } from "./review-html.ts";

/** What a physician says of a question's two answers. */
export const reviewLabels = [
  "answer 1 is right",
  "answer 2 is right",
  "both are right",
  "neither is right",
  "the question is faulty",
] as const;

/** What a physician may say of an item. */
export type ReviewLabel = (typeof reviewLabels)[number];

/** A question that one of two models alone answers right, as the physician sees it. */
export interface ReviewItem {
  /** Of this sheet, says nothing of the question or the models: R001. */
  readonly code: string;
  readonly question: string;
  readonly context?: string;
  readonly options: readonly string[];
  readonly answers: readonly [ReviewAnswer, ReviewAnswer];
}

export interface ReviewAnswer {
  /** `B. Heparin`, or that none was given. */
  readonly answer: string;
  /** What the model wrote, where answers were generated or reasoned. */
  readonly output?: string;
}

/** What a code stands for; kept away from who fills in the sheet. */
export interface ReviewKeyEntry {
  readonly code: string;
  readonly dataset: string;
  readonly id: string;
  /** Which of the two models gave answer 1 and which answer 2. */
  readonly models: readonly ["first" | "second", "first" | "second"];
  /** Of the data set: the answer that it holds to be right. */
  readonly gold: 1 | 2;
}

export interface ReviewKey {
  readonly version: 1;
  /** Names of the first and the second model. */
  readonly models: readonly [first: string, second: string];
  readonly entries: readonly ReviewKeyEntry[];
}

/** What physicians are shown, and the key that tells whose answers these are. */
export interface ReviewSheet {
  /** In drawn order. */
  readonly items: readonly ReviewItem[];
  readonly key: ReviewKey;
  /** A restricted sheet is for who may read the questions. */
  readonly sensitivity: Sensitivity;
}

export interface ReviewSheetOptions {
  /** Flipped questions to draw; all where there are fewer. @default all */
  readonly count?: number;
  /** Of the choice, the order, and which model's answer stands first. @default 0 */
  readonly seed?: number | string;
}

/**
 * Make a sheet of the questions that one of two models alone answers right, for a physician to judge.
 *
 * It shows neither which model gave which answer (their order is drawn for each question) nor which answer the data set
 * holds to be right; the key does.
 *
 * @param questions those that were asked, or more
 * @throws {ArgumentError} no question flipped, one that is not among `questions`, or results that cannot be paired
 *
 * @example
 * const sheet = reviewSheet(questions, base.results, tuned.results, { count: 50, seed: 1 });
 * await writeReviewSheet("review", sheet);
 */
export function reviewSheet(
  questions: readonly Question[],
  first: readonly QuestionResult[],
  second: readonly QuestionResult[],
  options: ReviewSheetOptions = {},
): ReviewSheet {
  const { count = Infinity, seed } = checkOptions(options, {
    count: integerOption(undefined, { minimum: 1 }),
    seed: seedOption(0),
  });
  const random = new SeededRandom(seed);
  const { flips } = compareResults(first, second, { samples: 100 });
  if (flips.length === 0)
    throw new ArgumentError("second", "results that differ from the first's somewhere", second);
  const chosen = random.fork("choice").shuffle(flips).slice(0, count);
  const byKey = new Map(questions.map((question) => [questionKey(question), question]));
  const results = [first, second].map((held) => new Map(held.map((result) => [questionKey(result), result])));
  const sides = random.fork("sides");
  const made = chosen.map((flip, index) => {
    const question = byKey.get(questionKey(flip));
    if (question === undefined)
      throw new ArgumentError("questions", `to hold ${questionKey(flip)}`, questions);
    const code = `R${String(index + 1).padStart(3, "0")}`;
    const isTurned = sides.chance(0.5);
    const pair = results.map((held) => held.get(questionKey(flip))!);
    const shown = isTurned ? pair.toReversed() : pair;
    const { dataset, id } = flip;
    const item: ReviewItem = {
      code,
      question: question.question,
      ...(question.context !== undefined && { context: question.context }),
      options: question.options.map((option, place) => `${optionLetter(place)}. ${option.trim()}`),
      answers: [answerOf(shown[0]!, question), answerOf(shown[1]!, question)],
    };
    const entry: ReviewKeyEntry = {
      code,
      dataset,
      id,
      models: isTurned ? ["second", "first"] : ["first", "second"],
      gold: shown[0]!.correct ? 1 : 2,
    };
    return { item, entry, sensitivity: question.sensitivity ?? pair[0]!.sensitivity ?? "public" };
  });
  const sensitivity = strictest(made.map((each) => each.sensitivity));
  const items = made.map(({ item }) => item);
  return {
    items: sensitivity === "restricted" ? markRestricted(items) : items,
    key: {
      version: 1,
      models: [nameOf(first), nameOf(second)],
      entries: made.map(({ entry }) => entry),
    },
    sensitivity,
  };
}

/** Models may share a name, strategies too: both tell what was compared. */
function nameOf(results: readonly QuestionResult[]): string {
  return [...new Set(results.map(({ model, strategy }) => `${model}, ${strategy}`))].join("; ");
}

function answerOf({ choice, outputs }: QuestionResult, { options }: Question): ReviewAnswer {
  const answer = choice === null ? "no answer" : `${optionLetter(choice)}. ${options[choice]!.trim()}`;
  const output = outputs?.map((text) => text.trim()).join("\n\n");
  return { answer, ...(output && { output }) };
}

/** The three files of a sheet in its folder. */
export const reviewFiles = { csv: "review.csv", html: "review.html", key: "key.json" } as const;

/**
 * Write a sheet into a folder: `review.csv` or `review.html` for the physician, and `key.json`, which is not.
 *
 * Both hold the same items; the page works without a network and saves its labels as a CSV file. All text is escaped,
 * in the CSV also from being taken for formulas. The files are readable by this user alone.
 *
 * @param options the files of results and questions that it was made from, for the register of lineage
 * @throws {ArgumentError} a sheet is there already: labels may have been entered in it
 */
export async function writeReviewSheet(
  folder: string,
  sheet: ReviewSheet,
  options: { readonly from?: readonly string[] } = {},
): Promise<void> {
  checkText("folder", "the path of a folder", folder);
  checkFields("sheet", "a sheet, as reviewSheet gives", sheet, ["key"]);
  const files = [
    [reviewFiles.key, `${JSON.stringify(sheet.key, null, 1)}\n`],
    [reviewFiles.html, reviewHtml(sheet.items, reviewLabels)],
    [reviewFiles.csv, reviewCsv(sheet.items)],
  ] as const;
  for (const [name] of files) await refuseOverwriting(join(folder, name));
  const { from = [] } = options;
  recordMade({ kind: "sheet", path: folder, from, sensitivity: sheet.sensitivity, step: "writeReviewSheet" });
  for (const [name, content] of files) {
    const path = join(folder, name);
    await writeFileAtomically(path, content, { mode: 0o600 });
  }
}

async function refuseOverwriting(path: string): Promise<void> {
  try {
    await access(path);
  } catch {
    return;
  }
  throw new ArgumentError("folder", "without a sheet: labels may have been entered in it", path);
}

/** @throws {DataError} no key of a sheet */
export async function readReviewKey(folder: string): Promise<ReviewKey> {
  const path = join(folder, reviewFiles.key);
  let key: Partial<ReviewKey>;
  try {
    key = JSON.parse(await readFile(path, "utf8")) as Partial<ReviewKey>;
  } catch (error) {
    throw new DataError(`${path} ${readFailure(error)}`, { path }, { cause: error });
  }
  if (key.version !== 1 || !Array.isArray(key.entries) || !Array.isArray(key.models))
    throw new DataError(`${path} is no key of a review sheet`, { path });
  return key as ReviewKey;
}

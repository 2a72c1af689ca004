import { ArgumentError } from "../../core/errors.ts";
import {
  booleanOption,
  callbackOption,
  checkOptions,
  integerOption,
  objectOption,
  shareOption,
} from "../../core/options.ts";
import { someRestricted } from "../../core/restricted.ts";
import type { Document, DocumentStream } from "../document.ts";
import { QuestionIndex, type QuestionMatch } from "./question-index.ts";
import { namedStockPhrases, StockPhrases } from "./stock-phrases.ts";
import { WordList } from "./word-list.ts";

/** A question of an evaluation set, as `loadQuestions` gives it. */
export interface EvaluationQuestion {
  readonly id: string;
  readonly dataset: string;
  /** What is asked, without the options. */
  readonly question: string;
}

export interface DecontaminateOptions {
  /** Least share of a question's own words that one document repeats, in (0, 1]. @default 0.5 */
  readonly threshold?: number;
  /** Words in a run that counts as shared. @default 13 */
  readonly runWords?: number;
  /** A question's stretch between stock phrases of fewer words is not looked for. @default 8 */
  readonly shortest?: number;
  /** Whether contaminated documents are dropped; else they are reported alone. @default true */
  readonly drop?: boolean;
  /** Phrases that say nothing of what is asked. @default `namedStockPhrases` */
  readonly stockPhrases?: readonly string[];
  /** Five words in a row that so many different questions share are a stock phrase too. @default 10 */
  readonly sharedBy?: number;
  /** Text that cannot hold the questions; whatever is found in it is a false positive. */
  readonly unrelated?: AsyncIterable<Document> | Iterable<Document>;
  /** Called for each contaminated document. */
  readonly onContaminated?: (document: Document, questions: readonly ContaminatedQuestion[]) => void;
  readonly signal?: AbortSignal;
}

/** A question and the document that repeats most of it. */
export interface ContaminatedQuestion {
  readonly id: string;
  readonly dataset: string;
  readonly coverage: number;
  /** Id of the document. */
  readonly document: string;
}

/** Counts of one evaluation set: `questions = checked + tooShort`. */
export interface DatasetContamination {
  questions: number;
  /** Those with enough words of their own to be found. */
  checked: number;
  tooShort: number;
  /** Checked ones that share at least one run with a document. */
  touched: number;
  /** Checked ones of which one document repeats the threshold's share. */
  contaminated: number;
}

/** What was found in text that cannot hold the questions. */
export interface FalsePositives {
  documents: number;
  words: number;
  /** Documents that would have been dropped. */
  flagged: number;
  /** `flagged / documents` */
  rate: number;
  /** Questions that those documents seem to hold. */
  questions: number;
}

/** `in = kept + dropped`. */
export interface DecontaminationReport {
  in: number;
  kept: number;
  dropped: number;
  readonly droppedBy: Record<string, number>;
  /** Documents at the threshold or above; equal to `dropped` unless dropping is off. */
  contaminated: number;
  words: number;
  readonly datasets: Readonly<Record<string, DatasetContamination>>;
  /** Questions at the threshold or above, most covered first; whole at the end. */
  questions: readonly ContaminatedQuestion[];
  /** Absent where no unrelated text was given. */
  falsePositives: FalsePositives | undefined;
  /** Stock phrases found by counting, at most thirty; of restricted questions none. */
  readonly stockPhrases: readonly { readonly phrase: string; readonly questions: number }[];
  isComplete: boolean;
}

/**
 * Drop the documents that repeat questions of evaluation sets, and report what of each set the corpus holds.
 *
 * Stock phrases are cut out of each question. What is left is looked for in runs of 13 words (a stretch of 8 to 12
 * words as a whole); a question's coverage by a document is the share of its own words that lie in shared runs.
 * Words are runs of letters and numbers, lower-cased. A question without a stretch of 8 words of its own cannot be
 * found; it is counted as too short. Memory holds the questions' runs and one document.
 *
 * @throws {ArgumentError} no questions, two with one id in a data set, or a wrong option
 * @see Brown et al. 2020, "Language models are few-shot learners", appendix C: overlaps of 8 to 13 words
 *
 * @example
 * const { questions } = await loadQuestions("medqa-test");
 * const clean = decontaminate(documents, questions, { unrelated: readDocumentLines("history.jsonl") });
 * await writeDocuments("clean.jsonl", clean);
 * clean.report.datasets
 */
export function decontaminate(
  documents: AsyncIterable<Document> | Iterable<Document>,
  questions: readonly EvaluationQuestion[],
  options: DecontaminateOptions = {},
): DocumentStream<DecontaminationReport> {
  const { threshold, runWords, shortest, drop, stockPhrases, sharedBy, unrelated, onContaminated, signal } =
    checkOptions(options, {
      threshold: shareOption(0.5),
      runWords: integerOption(13, { minimum: 1, maximum: 100 }),
      shortest: integerOption(8, { minimum: 1, maximum: 100 }),
      drop: booleanOption(true),
      stockPhrases: {
        expected: "a list of texts",
        default: namedStockPhrases,
        accepts: (value) => Array.isArray(value) && value.every((phrase) => typeof phrase === "string"),
      },
      sharedBy: integerOption(10, { minimum: 2 }),
      unrelated: objectOption<AsyncIterable<Document> | Iterable<Document>>("documents", isIterable),
      onContaminated:
        callbackOption<(document: Document, questions: readonly ContaminatedQuestion[]) => void>(),
      signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
    });
  checkQuestions(questions);
  const phrases = new StockPhrases(distinctTexts(questions), stockPhrases, sharedBy);
  const words = new WordList();
  const index = new QuestionIndex(runWords, shortest);
  for (const { question } of questions) index.add(words.read(question), phrases);
  const tally = new Tally(questions, index, threshold);
  const report: DecontaminationReport = {
    in: 0,
    kept: 0,
    dropped: 0,
    droppedBy: { contaminated: 0 },
    contaminated: 0,
    words: 0,
    datasets: tally.datasets,
    questions: [],
    falsePositives: undefined,
    // What questions share is their text.
    stockPhrases: someRestricted(questions) ? [] : phrases.derived.slice(0, 30),
    isComplete: false,
  };
  let hasBegun = false;

  async function* kept(): AsyncGenerator<Document, void, void> {
    if (hasBegun)
      throw new ArgumentError("documents", "read once; call decontaminate again", "a second reading");
    hasBegun = true;
    if (unrelated !== undefined) {
      report.falsePositives = await measureFalsePositives(unrelated, index, threshold, signal);
    }
    for await (const document of documents) {
      signal?.throwIfAborted();
      report.in++;
      const matches = index.match(words.read(document.text));
      report.words += words.count;
      const found = tally.add(document.id, matches);
      if (found.length > 0) {
        report.contaminated++;
        onContaminated?.(document, found);
        if (drop) {
          report.dropped++;
          report.droppedBy["contaminated"]!++;
          continue;
        }
      }
      report.kept++;
      yield document;
    }
    report.questions = tally.contaminated();
    report.isComplete = true;
  }
  return { report, [Symbol.asyncIterator]: kept };
}

async function measureFalsePositives(
  unrelated: AsyncIterable<Document> | Iterable<Document>,
  index: QuestionIndex,
  threshold: number,
  signal: AbortSignal | undefined,
): Promise<FalsePositives> {
  const words = new WordList();
  const questions = new Set<number>();
  const found = { documents: 0, words: 0, flagged: 0, rate: 0, questions: 0 };
  for await (const { text } of unrelated) {
    signal?.throwIfAborted();
    const matches = index.match(words.read(text)).filter(({ coverage }) => coverage >= threshold);
    found.documents++;
    found.words += words.count;
    if (matches.length > 0) found.flagged++;
    for (const { question } of matches) questions.add(question);
  }
  found.questions = questions.size;
  found.rate = found.documents === 0 ? 0 : found.flagged / found.documents;
  return found;
}

/** What is known of each question so far. */
class Tally {
  readonly datasets: Record<string, DatasetContamination> = {};
  readonly #questions: readonly EvaluationQuestion[];
  readonly #threshold: number;
  readonly #touched = new Set<number>();
  readonly #best = new Map<number, ContaminatedQuestion>();

  constructor(questions: readonly EvaluationQuestion[], index: QuestionIndex, threshold: number) {
    this.#questions = questions;
    this.#threshold = threshold;
    for (const [place, { dataset }] of questions.entries()) {
      const counts = (this.datasets[dataset] ??= {
        questions: 0,
        checked: 0,
        tooShort: 0,
        touched: 0,
        contaminated: 0,
      });
      counts.questions++;
      if (index.checkableWords(place) > 0) counts.checked++;
      else counts.tooShort++;
    }
  }

  /** @returns the questions that the document contaminates, most covered first */
  add(document: string, matches: readonly QuestionMatch[]): ContaminatedQuestion[] {
    const found: ContaminatedQuestion[] = [];
    for (const { question, coverage } of matches) {
      const { id, dataset } = this.#questions[question]!;
      const counts = this.datasets[dataset]!;
      if (!this.#touched.has(question)) counts.touched++;
      this.#touched.add(question);
      if (coverage < this.#threshold) continue;
      const contaminated = { id, dataset, coverage, document };
      found.push(contaminated);
      const best = this.#best.get(question);
      if (best === undefined) counts.contaminated++;
      if (best === undefined || coverage > best.coverage) this.#best.set(question, contaminated);
    }
    return found.toSorted(byCoverage);
  }

  contaminated(): ContaminatedQuestion[] {
    return [...this.#best.values()].toSorted(byCoverage);
  }
}

function byCoverage(one: ContaminatedQuestion, other: ContaminatedQuestion): number {
  return other.coverage - one.coverage || (one.id < other.id ? -1 : 1);
}

function checkQuestions(questions: readonly EvaluationQuestion[]): void {
  if (!Array.isArray(questions) || questions.length === 0) {
    throw new ArgumentError("questions", "a list of at least one question", questions);
  }
  const seen = new Set<string>();
  for (const [place, { id, dataset, question }] of (questions as readonly EvaluationQuestion[]).entries()) {
    if (typeof question !== "string") {
      throw new ArgumentError(`questions[${place}].question`, "a text", question);
    }
    const key = JSON.stringify([dataset, id]);
    if (seen.has(key)) throw new ArgumentError(`questions[${place}].id`, `once in ${dataset}`, id);
    seen.add(key);
  }
}

function distinctTexts(questions: readonly EvaluationQuestion[]): string[] {
  return [...new Set(questions.map(({ question }) => question))];
}

function isIterable(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
  );
}

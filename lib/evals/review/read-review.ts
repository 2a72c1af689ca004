import { checkList, checkText } from "../../core/arguments.ts";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { cohenKappa, fleissKappa, type Agreement } from "../../core/statistics/kappa.ts";
import { readLabels, type LabelledItem } from "../../display/label-sheet/read-labels.ts";
import { readReviewKey, reviewLabels, type ReviewKey, type ReviewLabel } from "./review-sheet.ts";

/** What one physician said of one item. */
export type ReviewedItem = LabelledItem<ReviewLabel>;

/** The labels of one physician, in the order of the file; items without a label are left out. */
export interface ReviewedSheet {
  readonly path: string;
  readonly items: readonly ReviewedItem[];
  /** Codes of the sheet that have no label. */
  readonly unlabelled: readonly string[];
}

/** What the labels say once the key is joined to them. */
export interface ReviewSummary {
  readonly reviewers: readonly string[];
  readonly models: readonly [first: string, second: string];
  /** Labels over all reviewers and items. */
  readonly labels: number;
  /** How many labels hold the model's answer, or both answers, to be right. */
  readonly rightBy: { readonly first: number; readonly second: number };
  /** Labels that call an answer right where the data set has it wrong, and not the data set's own. */
  readonly againstKey: number;
  readonly counts: Readonly<Record<ReviewLabel, number>>;
  /** Over the items that all reviewers labelled; absent of one reviewer. */
  readonly agreement?: ReviewAgreement;
}

/** How far reviewers agree beyond chance. */
export interface ReviewAgreement {
  /** Items that all labelled. */
  readonly count: number;
  /** Cohen's of each two reviewers. */
  readonly pairs: readonly (ReturnType<typeof cohenKappa> & {
    readonly reviewers: readonly [string, string];
  })[];
  /** Fleiss' over all; absent of two reviewers. */
  readonly all?: Agreement;
}

/**
 * Read the labels that a physician gave: the filled-in `review.csv`, or the `labels.csv` that the page saves.
 *
 * Columns may be separated by commas, semicolons or tabs, as spreadsheets save them; further columns are not read.
 *
 * @throws {DataError} no such file or columns, a code that is not the sheet's or comes twice, a label that is none: its
 *   row is in the error
 */
async function readReview(path: string, key: ReviewKey): Promise<ReviewedSheet> {
  const codes = key.entries.map(({ code }) => code);
  const items = await readLabels(path, new Map(codes.map((code) => [code, reviewLabels])));
  const labelled = new Set(items.map(({ code }) => code));
  return { path, items, unlabelled: codes.filter((code) => !labelled.has(code)) };
}

/**
 * Join the labels of one or more physicians to the key: which model was right, and how far they agree.
 *
 * @param folder of the sheet, with its key
 * @param paths the filled-in file of each physician
 * @throws {ArgumentError} no paths
 * @throws {DataError} as `readReview`; a sheet without any label
 *
 * @example
 * const { rightBy, agreement } = await summarizeReview("review", ["review/ada.csv", "review/ben.csv"]);
 * agreement.pairs[0].kappa;
 */
export async function summarizeReview(folder: string, paths: readonly string[]): Promise<ReviewSummary> {
  checkText("folder", "the folder of a sheet", folder);
  checkList("paths", "a list of paths", paths);
  if (paths.length === 0)
    throw new ArgumentError("paths", "the filled-in file of at least one physician", paths);
  const key = await readReviewKey(folder);
  const sheets: ReviewedSheet[] = [];
  for (const path of paths) sheets.push(await readReview(path, key));
  const empty = sheets.find(({ items }) => items.length === 0);
  if (empty !== undefined) throw new DataError(`${empty.path} has no label`, { path: empty.path });
  const entries = new Map(key.entries.map((entry) => [entry.code, entry]));
  const counts = Object.fromEntries(reviewLabels.map((label) => [label, 0])) as Record<ReviewLabel, number>;
  const rightBy = { first: 0, second: 0 };
  let againstKey = 0;
  const labels = sheets.flatMap(({ items }) => items);
  for (const { code, label } of labels) {
    const { models, gold } = entries.get(code)!;
    counts[label]++;
    for (const answer of rightAnswers(label)) rightBy[models[answer - 1]!]++;
    if (rightAnswers(label).length === 1 && rightAnswers(label)[0] !== gold) againstKey++;
  }
  return {
    reviewers: paths,
    models: key.models,
    labels: labels.length,
    rightBy,
    againstKey,
    counts,
    ...(sheets.length > 1 && { agreement: agreementOf(sheets) }),
  };
}

function rightAnswers(label: ReviewLabel): readonly (1 | 2)[] {
  if (label === "both are right") return [1, 2];
  if (label === "answer 1 is right") return [1];
  return label === "answer 2 is right" ? [2] : [];
}

function agreementOf(sheets: readonly ReviewedSheet[]): ReviewAgreement {
  const byCode = sheets.map(({ items }) => new Map(items.map(({ code, label }) => [code, label])));
  const shared = [...byCode[0]!.keys()].filter((code) => byCode.every((held) => held.has(code)));
  if (shared.length === 0)
    throw new DataError("the physicians have labelled no item in common", { path: sheets[1]!.path });
  const ratings = byCode.map((held) => shared.map((code) => held.get(code)!));
  const pairs = sheets.flatMap(({ path }, index) =>
    sheets.slice(index + 1).map((other, further) => ({
      reviewers: [path, other.path] as const,
      ...cohenKappa(ratings[index]!, ratings[index + 1 + further]!),
    })),
  );
  return { count: shared.length, pairs, ...(sheets.length > 2 && { all: fleissKappa(ratings) }) };
}

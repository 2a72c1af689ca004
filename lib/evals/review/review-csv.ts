import { labelSheetCsv } from "../../display/label-sheet/label-sheet-csv.ts";
import type { ReviewItem } from "./review-sheet.ts";

/** Columns that are to be filled in come last. */
const reviewColumns = [
  "code",
  "context",
  "question",
  "options",
  "answer 1",
  "written 1",
  "answer 2",
  "written 2",
  "label",
  "comment",
] as const;

/** Items as CSV with empty columns for the label and a comment. */
export function reviewCsv(items: readonly ReviewItem[]): string {
  const rows = items.map(({ code, context = "", question, options, answers: [one, two] }) => [
    code,
    context,
    question,
    options.join("\n"),
    one.answer,
    one.output ?? "",
    two.answer,
    two.output ?? "",
    "",
    "",
  ]);
  return labelSheetCsv([reviewColumns, ...rows]);
}

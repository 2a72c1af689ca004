import type { ReviewItem } from "./review-sheet.ts";

/** Columns that are to be filled in come last. */
export const reviewColumns = [
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

/**
 * Items as CSV (RFC 4180) that a spreadsheet opens as UTF-8, with empty columns for the label and a comment.
 *
 * A spreadsheet takes cells that begin with `=`, `+`, `-` or `@` for formulas: an apostrophe before them keeps them texts.
 */
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
  return `\uFEFF${[reviewColumns, ...rows].map((row) => `${row.map(cellOf).join(",")}\r\n`).join("")}`;
}

function cellOf(text: string): string {
  const harmless = /^\s*[=+\-@]/u.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}

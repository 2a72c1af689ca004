import { diffArrays } from "diff";
import { checkRecord } from "../../core/arguments.ts";
import { ArgumentError } from "../../core/errors.ts";
import { checkOptions, integerOption } from "../../core/options.ts";
import { markRestricted } from "../../core/restricted.ts";
import { jaccard, wordShingles } from "../../core/shingles.ts";
import { DISPLAY_SYMBOL } from "../../display/bundle.ts";
import type { Bundle, Displayable } from "../../display/bundle.ts";
import { escapeHtml } from "../../display/escape-html.ts";
import { countOf } from "../../display/table-model.ts";
import type { Sensitivity } from "../../table/sensitivity.ts";

/** What {@link compareTexts} needs of a document. */
export interface ComparedText {
  readonly id: string;
  readonly text: string;
  readonly sensitivity?: Sensitivity;
}

/** A stretch of words, with the white space after them, that both texts share or only one has. */
export interface ComparedPart {
  readonly kind: "same" | "left" | "right";
  readonly text: string;
  readonly words: number;
}

/** Two texts beside each other, word by word; shows itself. */
export interface TextComparison extends Displayable {
  readonly left: string;
  readonly right: string;
  /** Similarity of the sets of distinct word 5-grams, as deduplication computes it. */
  readonly jaccard: number;
  /** Words that both have in the same order, and those that only one has. */
  readonly words: { readonly same: number; readonly left: number; readonly right: number };
  /** In order; left before right where both differ. */
  readonly parts: readonly ComparedPart[];
}

export interface CompareTextsOptions {
  /** Words shown on either side of a difference; longer stretches that are the same are told by their length. @default 12 */
  readonly contextWords?: number;
  /** Differences shown; the rest is told by its number. @default 40 */
  readonly maximumDifferences?: number;
}

/** More edits than this take minutes to align, and nobody reads them. */
const maximumEditLength = 4000;

/**
 * Two texts side by side, what only one of them has marked.
 *
 * Words are compared as they are written. Texts that differ in more than 4,000 words are shown as one difference
 * between their common beginning and end. Of restricted texts the counts alone are shown.
 *
 * @throws {ArgumentError} a text that is missing, or a wrong option
 *
 * @example
 * compareTexts({ id: "a", text: "one dose daily" }, { id: "b", text: "one dose weekly" }).words
 * //=> { same: 2, left: 1, right: 1 }
 */
export function compareTexts(
  left: ComparedText,
  right: ComparedText,
  options: CompareTextsOptions = {},
): TextComparison {
  checkRecord("left", "an object with a text", left);
  checkRecord("right", "an object with a text", right);
  const checked = checkOptions(options, {
    contextWords: integerOption(12, { minimum: 0 }),
    maximumDifferences: integerOption(40, { minimum: 1 }),
  });
  for (const [name, { text }] of Object.entries({ left, right })) {
    if (typeof text !== "string") throw new ArgumentError(`${name}.text`, "a text", text);
  }
  const parts = partsOf(wordsOf(left.text), wordsOf(right.text));
  const count = (kind: ComparedPart["kind"]): number =>
    parts.reduce((sum, held) => sum + (held.kind === kind ? held.words : 0), 0);
  const comparison = {
    left: left.id,
    right: right.id,
    jaccard: jaccard(wordShingles(left.text), wordShingles(right.text)),
    words: { same: count("same"), left: count("left"), right: count("right") },
    parts,
  };
  const isRestricted = left.sensitivity === "restricted" || right.sensitivity === "restricted";
  const shown = { ...comparison, [DISPLAY_SYMBOL]: () => bundleOf(comparison, isRestricted, checked) };
  return isRestricted ? markRestricted(shown) : shown;
}

/** Words, each with the white space that follows it. */
function wordsOf(text: string): string[] {
  return text.match(/\s*\S+\s*?(?=\S|$)|\s+$/gu) ?? [];
}

function partsOf(left: readonly string[], right: readonly string[]): ComparedPart[] {
  const isEqual = (one: string, other: string): boolean => one.trim() === other.trim();
  let start = 0;
  while (start < Math.min(left.length, right.length) && isEqual(left[start]!, right[start]!)) start++;
  let end = 0;
  const most = Math.min(left.length, right.length) - start;
  while (end < most && isEqual(left.at(-1 - end)!, right.at(-1 - end)!)) end++;
  const middle = [left.slice(start, left.length - end), right.slice(start, right.length - end)] as const;
  const changes = diffArrays([...middle[0]], [...middle[1]], {
    comparator: isEqual,
    maxEditLength: maximumEditLength,
  }) ?? [
    { value: middle[0], removed: true, added: false },
    { value: middle[1], removed: false, added: true },
  ];
  return [
    part("same", left.slice(0, start)),
    ...changes.map(({ value, added, removed }) => part(removed ? "left" : added ? "right" : "same", value)),
    part("same", left.slice(left.length - end)),
  ].filter(({ words }) => words > 0);
}

function part(kind: ComparedPart["kind"], words: readonly string[]): ComparedPart {
  return { kind, text: words.join(""), words: words.length };
}

type Comparison = Omit<TextComparison, typeof DISPLAY_SYMBOL>;
type Limits = Readonly<Required<CompareTextsOptions>>;

function bundleOf(comparison: Comparison, isRestricted: boolean, limits: Limits): Bundle {
  const { left, right, words } = comparison;
  const summary =
    `similarity ${comparison.jaccard.toFixed(3)}; ${countOf(words.same, "word")} the same, ` +
    `${words.left} only left, ${words.right} only right`;
  const caption = `${left} and ${right}: ${summary}`;
  if (isRestricted) return { "text/plain": `${caption} (restricted: no text is shown)` };
  const { rows, hidden } = rowsOf(comparison.parts, limits);
  const more = hidden > 0 ? `<tr><td colspan="2">… ${countOf(hidden, "more difference")}</td></tr>` : "";
  return {
    "text/html":
      `<table style="${tableStyle}"><caption style="text-align:left;padding:4px 10px">${escapeHtml(summary)}</caption>` +
      `<thead><tr>${headCell(left)}${headCell(right)}</tr></thead>` +
      `<tbody>${rows.map((row) => `<tr>${bodyCell(row.left)}${bodyCell(row.right)}</tr>`).join("")}${more}</tbody></table>`,
    "text/plain": `${caption}\n${rows.map((row) => `- ${plain(row.left)}\n+ ${plain(row.right)}`).join("\n")}`,
  };
}

interface SideRow {
  readonly left: readonly ComparedPart[];
  readonly right: readonly ComparedPart[];
}

/** One row for each difference, with the words around it. */
function rowsOf(parts: readonly ComparedPart[], { contextWords, maximumDifferences }: Limits) {
  const rows: SideRow[] = [];
  let differences = 0;
  for (let index = 0; index < parts.length; index++) {
    if (parts[index]!.kind === "same") continue;
    const held = {
      left: undefined as ComparedPart | undefined,
      right: undefined as ComparedPart | undefined,
    };
    const first = index;
    for (; index < parts.length && parts[index]!.kind !== "same"; index++) {
      held[parts[index]!.kind as "left" | "right"] = parts[index]!;
    }
    if (++differences > maximumDifferences) continue;
    const before = contextOf(parts[first - 1], contextWords, "end");
    const after = contextOf(parts[index], contextWords, "start");
    const side = (changed: ComparedPart | undefined): ComparedPart[] =>
      [before, changed, after].filter((each) => each !== undefined);
    rows.push({ left: side(held.left), right: side(held.right) });
  }
  return { rows, hidden: Math.max(0, differences - maximumDifferences) };
}

function contextOf(
  same: ComparedPart | undefined,
  words: number,
  which: "start" | "end",
): ComparedPart | undefined {
  if (same === undefined) return undefined;
  const all = wordsOf(same.text);
  if (all.length <= words) return same;
  const shown = which === "end" ? all.slice(all.length - words) : all.slice(0, words);
  return part("same", which === "end" ? ["… ", ...shown] : [...shown, " …"]);
}

const tableStyle = "border-collapse:collapse;width:100%;table-layout:fixed";
const cellStyle = "padding:4px 10px;vertical-align:top;text-align:left;overflow-wrap:anywhere";
/** Seen on white and on black; underlined or struck through as well, for those who see no colour. */
const changedStyle = {
  left: "background:rgba(213,94,0,.25);text-decoration:line-through",
  right: "background:rgba(0,158,115,.25);text-decoration:underline",
};

function headCell(id: string): string {
  return `<th scope="col" style="${cellStyle}">${escapeHtml(id)}</th>`;
}

function bodyCell(parts: readonly ComparedPart[]): string {
  const marked = parts.map(({ kind, text }) => {
    if (kind === "same") return escapeHtml(text);
    const tag = kind === "left" ? "del" : "ins";
    return `<${tag} style="${changedStyle[kind]}">${escapeHtml(text)}</${tag}>`;
  });
  return `<td style="${cellStyle}">${marked.join("")}</td>`;
}

function plain(parts: readonly ComparedPart[]): string {
  return parts.map(({ kind, text }) => (kind === "same" ? text : `[${text.trim()}] `)).join("");
}

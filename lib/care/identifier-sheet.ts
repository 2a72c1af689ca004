import { access, readFile } from "node:fs/promises";
import { join } from "node:path";

import { checkFields, checkList, checkText } from "../core/arguments.ts";
import { ArgumentError, DataError } from "../core/errors.ts";
import { fingerprint } from "../core/hash.ts";
import { recordMade } from "../core/lineage.ts";
import { checkOptions, integerOption, seedOption } from "../core/options.ts";
import { holdsRestricted, markRestricted } from "../core/restricted.ts";
import { SeededRandom } from "../core/seeded-random.ts";
import { writeFileAtomically } from "../core/write-file-atomically.ts";
import { labelSheetCsv } from "../display/label-sheet/label-sheet-csv.ts";
import { labelSheetPage } from "../display/label-sheet/label-sheet-page.ts";
import { html } from "../display/markup.ts";
import type { Sensitivity } from "../table/sensitivity.ts";
import { findIdentifiers } from "./identifiers/find-identifiers.ts";
import type { Identifier, IdentifierKind } from "./identifiers/identifier.ts";

/** What a person says of a place that was found. */
export const findingLabels = ["identifier", "not an identifier"] as const;
/** How many identifiers a person still reads in a passage whose found ones are masked. */
export const passageLabels = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;

/** One thing to be judged, with its text. */
export type SheetItem =
  | {
      readonly code: string;
      readonly kind: IdentifierKind;
      readonly before: string;
      readonly found: string;
      readonly after: string;
    }
  | { readonly code: string; readonly passage: string };

/** Kept beside the sheet: what was drawn from how much. It holds no text. */
export interface IdentifierSheetKey {
  readonly version: 1;
  /** Places found in all texts, by kind, and passages that they were cut into. */
  readonly found: Readonly<Partial<Record<IdentifierKind, number>>>;
  readonly passages: number;
  readonly entries: readonly {
    readonly code: string;
    readonly id: string;
    readonly kind: IdentifierKind | "passage";
  }[];
}

/** Things to be judged, and what they were drawn from. */
export interface IdentifierSheet {
  readonly items: readonly SheetItem[];
  readonly key: IdentifierSheetKey;
}

export interface IdentifierSheetOptions {
  /** Places to draw from all that were found; all where there are fewer. @default 100 */
  readonly findings?: number;
  /** Passages to draw from all texts; all where there are fewer. @default 100 */
  readonly passages?: number;
  /** @default 0 */
  readonly seed?: number | string;
}

const passageCharacters = 500;
const contextCharacters = 80;

/**
 * A sheet for a person to judge the finder by: places drawn from all that it found, for its precision, and passages
 * drawn from all texts in which what it found is masked, for what it missed.
 *
 * @throws {ArgumentError} no text, or a wrong option
 *
 * @example
 * const sheet = identifierSheet(notes, { findings: 200, passages: 200, seed: 1 });
 * await writeIdentifierSheet("audit", sheet, { sensitivity: "restricted" });
 */
export function identifierSheet(
  texts: readonly { readonly id: string; readonly text: string }[],
  options: IdentifierSheetOptions = {},
): IdentifierSheet {
  checkList("texts", "a list of texts", texts);
  const { findings, passages, seed } = checkOptions(options, {
    findings: integerOption(100, { minimum: 1 }),
    passages: integerOption(100, { minimum: 1 }),
    seed: seedOption(0),
  });
  const found: { text: number; identifier: Identifier }[] = [];
  const cut: { text: number; start: number; end: number }[] = [];
  const counts: Partial<Record<IdentifierKind, number>> = {};
  const ofTexts = texts.map(({ text }) => findIdentifiers(text));
  for (const [index, { text }] of texts.entries()) {
    for (const identifier of ofTexts[index]!) {
      counts[identifier.kind] = (counts[identifier.kind] ?? 0) + 1;
      found.push({ text: index, identifier });
    }
    for (const { start, end } of passagesOf(text, ofTexts[index]!)) cut.push({ text: index, start, end });
  }
  if (cut.length === 0) throw new ArgumentError("texts", "at least one text that is not empty", texts);
  const random = new SeededRandom(seed);
  const drawnFindings = random.fork("findings").sample(found, Math.min(findings, found.length));
  const drawnPassages = random.fork("passages").sample(cut, Math.min(passages, cut.length));
  const items: SheetItem[] = [];
  const entries: IdentifierSheetKey["entries"][number][] = [];
  for (const [index, { text: place, identifier }] of drawnFindings.entries()) {
    const { id, text } = texts[place]!;
    const { kind, start, end } = identifier;
    const code = codeOf("F", index);
    const before = text.slice(Math.max(0, start - contextCharacters), start).toWellFormed();
    const after = text.slice(end, end + contextCharacters).toWellFormed();
    items.push({ code, kind, before, found: text.slice(start, end), after });
    entries.push({ code, id, kind });
  }
  for (const [index, { text: place, start, end }] of drawnPassages.entries()) {
    const code = codeOf("P", index);
    items.push({ code, passage: maskedPassage(texts[place]!.text, ofTexts[place]!, start, end) });
    entries.push({ code, id: texts[place]!.id, kind: "passage" });
  }
  const sheet: IdentifierSheet = { items, key: { version: 1, found: counts, passages: cut.length, entries } };
  return holdsRestricted(texts) ? markRestricted(sheet) : sheet;
}

function codeOf(letter: string, index: number): string {
  return `${letter}${String(index + 1).padStart(4, "0")}`;
}

/** The text in passages of some 500 characters: they end between words and never within what was found. */
function passagesOf(text: string, found: readonly Identifier[]): { start: number; end: number }[] {
  const passages: { start: number; end: number }[] = [];
  let next = 0;
  for (let start = 0; start < text.length;) {
    let end = Math.min(text.length, start + passageCharacters);
    while (end < text.length && end < start + 2 * passageCharacters && !/\s/u.test(text[end]!)) end++;
    while (next < found.length && found[next]!.end <= end) next++;
    if (next < found.length && found[next]!.start < end) ({ end } = found[next]!);
    if (/\S/u.test(text.slice(start, end))) passages.push({ start, end });
    start = end;
  }
  return passages;
}

function maskedPassage(text: string, found: readonly Identifier[], start: number, end: number): string {
  let passage = "";
  let from = start;
  for (const each of found) {
    if (each.start < start || each.end > end) continue;
    passage += `${text.slice(from, each.start)}[${each.kind}]`;
    from = each.end;
  }
  return (passage + text.slice(from, end)).toWellFormed();
}

const files = { csv: "identifiers.csv", html: "identifiers.html", key: "key.json" } as const;

/**
 * Write a sheet into a folder, readable by this user alone: `identifiers.csv` or `identifiers.html` to fill in, and
 * `key.json`. It shows parts of the texts: keep it where they may be, and remove it when it has been read.
 *
 * @throws {ArgumentError} a sheet is there already: labels may have been entered in it
 */
export async function writeIdentifierSheet(
  folder: string,
  sheet: IdentifierSheet,
  options: { readonly from?: readonly string[]; readonly sensitivity?: Sensitivity } = {},
): Promise<void> {
  checkText("folder", "the path of a folder", folder);
  checkFields("sheet", "a sheet, as identifierSheet gives", sheet, ["key"]);
  const contents = [
    [files.key, `${JSON.stringify(sheet.key, null, 1)}\n`],
    [files.html, pageOf(sheet.items)],
    [files.csv, csvOf(sheet.items)],
  ] as const;
  for (const [name] of contents) {
    const path = join(folder, name);
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere)
      throw new ArgumentError("folder", "without a sheet: labels may have been entered in it", path);
  }
  const { from = [], sensitivity = "restricted" } = options;
  recordMade({ kind: "sheet", path: folder, from, sensitivity, step: "writeIdentifierSheet" });
  for (const [name, content] of contents)
    await writeFileAtomically(join(folder, name), content, { mode: 0o600 });
}

function csvOf(items: readonly SheetItem[]): string {
  const rows = items.map((item) =>
    "passage" in item
      ? [item.code, "how many identifiers are left?", item.passage, "", ""]
      : [item.code, item.kind, `${item.before}⟦${item.found}⟧${item.after}`, "", ""],
  );
  return labelSheetCsv([["code", "what", "text", "label", "comment"], ...rows]);
}

function pageOf(items: readonly SheetItem[]): string {
  return labelSheetPage({
    title: `Audit of ${items.length} places`,
    question:
      "Of each marked place: does it identify a person, with others or alone? Of each passage, in which what was found is shown as [kind]: how many identifiers can still be read?",
    fingerprint: fingerprint(items.map((item) => ({ ...item }))),
    items: items.map((item) =>
      "passage" in item
        ? { code: item.code, labels: passageLabels, body: [html`<p class="text">${item.passage}</p>`] }
        : {
            code: item.code,
            labels: findingLabels,
            body: [
              html`<p class="text">${item.before}<mark>${item.found}</mark>${item.after}</p>
                <p>Found as: ${item.kind}</p>`,
            ],
          },
    ),
  });
}

/** @throws {DataError} no key of a sheet */
export async function readIdentifierSheetKey(folder: string): Promise<IdentifierSheetKey> {
  const path = join(folder, files.key);
  let key: Partial<IdentifierSheetKey> | null;
  try {
    key = JSON.parse(await readFile(path, "utf8")) as Partial<IdentifierSheetKey> | null;
  } catch (cause) {
    throw new DataError(`cannot read the key of a sheet from ${path}`, { path }, { cause });
  }
  const isKey = key?.version === 1 && Array.isArray(key.entries) && Number.isSafeInteger(key.passages);
  if (!isKey || typeof key?.found !== "object")
    throw new DataError(`${path} is no key of a sheet of identifiers`, { path });
  return key as IdentifierSheetKey;
}

import { checkList, checkString } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";

/** What an output says: a place among the options, and by which sign. */
export interface ParsedAnswer {
  /** 0-based place among the options. */
  readonly index: number;
  readonly by: "json" | "statement" | "letter" | "option-text";
}

/** Letters of up to ten options. */
const maximumOptions = 10;
const letter =
  "(?:[*_`$\"'“([{\\s]|\\\\boxed\\{|\\\\text\\{|\\\\mathrm\\{|\\boption\\s|\\bchoice\\s){0,8}([A-J])";
/** Not the article of "A patient", nor the start of a word. */
const afterLetter = "(?![\\w'’-])(?!\\s+[a-z])";

/** Statements of a choice, the last one counts: models think aloud before they decide. */
const statements = [
  new RegExp(
    `\\b(?:answer|choice|option)(?:\\s+(?:choice|option|letter))?(?:\\s+to\\s+(?:the|this)\\s+question)?\\s*(?:is|are|was|would\\s+be|should\\s+be|must\\s+be|:|=|->|→)+\\s*(?:therefore|thus|clearly|most\\s+likely|probably)?,?\\s*:?${letter}${afterLetter}`,
    "giu",
  ),
  new RegExp(`\\banswer(?:\\s+(?:choice|option))?\\s*[*_]*\\s*${letter}${afterLetter}`, "giu"),
  new RegExp(
    `(?<!(?:[A-J](?:,|,? and|,? or| nor)|[Nn]either) *)${letter}[*_$)\\].:]{0,4}(?:\\s+[^.\\n]{0,80}?)?\\s+(?:is|would\\s+be)\\s+(?:therefore\\s+)?(?:the\\s+)?(?:correct|best|right|most\\s+(?:likely|appropriate))\\b`,
    "gu",
  ),
] as const;

const answerKey =
  /^(?:(?:final|correct)[ _]?)?(?:answer|choice|option)(?:[ _]?(?:choice|letter|option|index))?$/iu;
/** As the above, in JSON that is cut off or holds unescaped quotes. */
const brokenJson = /"(?:(?:final|correct)[ _]?)?answer(?:[ _]?(?:choice|letter|option))?"\s*:\s*"([^"]*)/giu;

/**
 * Read which option an output chooses; undefined when it names none, or more than one.
 *
 * Tried in this order: JSON with an answer's key, which decides even if it names none; statements as in "the answer is B", `answer: **B**`, "(C) is
 * correct", the last one of them; an output that is a letter, or begins with one and a mark, as in "(B)", `**B**`,
 * `$B$`, "B. Aspirin"; the text of one option alone, at the end or after "answer is". A letter past the last option
 * is no answer.
 *
 * @param options the options' texts, 2 to 10, in the order of their letters
 *
 * @example
 * parseAnswer("Fever is a late sign, so the answer is **(B)**.", ["Rash", "Cough", "Fever"])
 * //=> { index: 1, by: "statement" }
 */
export function parseAnswer(output: string, options: readonly string[]): ParsedAnswer | undefined {
  checkString("output", "the output of a model", output);
  checkList("options", "a list of options", options);
  if (options.length < 2 || options.length > maximumOptions)
    throw new ArgumentError("options", `2 to ${maximumOptions} texts`, options);
  const text = output.trim();
  const stated = answerOfJson(text);
  const said = stated === undefined ? fromText(text, options) : fromText(stated.trim(), options);
  if (said === undefined || said.index >= options.length) return undefined;
  return stated === undefined ? said : { index: said.index, by: "json" };
}

function fromText(text: string, options: readonly string[]): ParsedAnswer | undefined {
  return fromStatements(text) ?? fromLetter(text) ?? fromOptionText(text, options);
}

function indexOf(written: string): number {
  return written.toUpperCase().codePointAt(0)! - 65;
}

/** What stands under an answer's key; undefined where there is no such key. */
function answerOfJson(text: string): string | undefined {
  for (const [block] of text.matchAll(/\{[\s\S]*\}/gu)) {
    let value: unknown;
    try {
      value = JSON.parse(block);
    } catch {
      continue;
    }
    const entry = Object.entries(value as object).findLast(([key]) => answerKey.test(key));
    if (typeof entry?.[1] === "string") return entry[1];
  }
  return [...text.matchAll(brokenJson)].at(-1)?.[1];
}

function fromStatements(text: string): ParsedAnswer | undefined {
  let last: { place: number; written: string; end: number } | undefined;
  for (const pattern of statements) {
    for (const match of text.matchAll(pattern)) {
      if (last === undefined || match.index > last.place) {
        last = { place: match.index, written: match[1]!, end: match.index + match[0].length };
      }
    }
  }
  if (last === undefined) return undefined;
  // "The answer is A or B" decides nothing.
  const isOpen = new RegExp(`^[*_)\\]$.]*\\s*(?:,|/|or|and)\\s*${letter}${afterLetter}`, "u").test(
    text.slice(last.end),
  );
  return isOpen ? undefined : { index: indexOf(last.written), by: "statement" };
}

const wholeLetter = /^[*_`$"'“([{\s]*(?:\\boxed\{|\\text\{|\\mathrm\{)?([A-J])[*_`$"'”)\]}.:\s]*$/u;
const leadingLetter = /^(?:[*_`$]*\(([A-J])\)|([*_`$]+)([A-J])\2|([A-J])\s*[).:])(?=\s|[*_$.:,]|$)/u;
const trailingLetter = /(?:^|\s)(?:\(([A-J])\)|\*\*([A-J])[.)]?\*\*|\$([A-J])\$|\\boxed\{([A-J])\})[.\s]*$/u;

function fromLetter(text: string): ParsedAnswer | undefined {
  const match = wholeLetter.exec(text) ?? leadingLetter.exec(text) ?? trailingLetter.exec(text);
  const written = match?.slice(1).find((group) => group !== undefined && /^[A-J]$/u.test(group));
  return written === undefined ? undefined : { index: indexOf(written), by: "letter" };
}

function fromOptionText(text: string, options: readonly string[]): ParsedAnswer | undefined {
  const plain = (value: string): string =>
    value
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
      .trim();
  const said = plain(text);
  const stated = plain(/\banswer\s+(?:is|:)\s*([^.\n]+)/giu.exec(text)?.[1] ?? "");
  const named = (place: string): number[] =>
    options.flatMap((option, index) => (plain(option) !== "" && plain(option) === place ? [index] : []));
  const exact = [...named(said), ...named(stated)];
  const only = exact.length > 0 ? new Set(exact) : new Set<number>();
  return only.size === 1 ? { index: [...only][0]!, by: "option-text" } : undefined;
}

import { codesOf } from "./characters.ts";
import { linksBefore } from "./links.ts";
import { knownAs, knownIn } from "./word-lists.ts";

/** A capitalised word of two letters or more, with the parts of O'Brien, McDonald, Smith-Jones; or one of capitals alone. */
export interface CapitalisedWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** In the form of lists of names: the first letter of each part large. */
  readonly name: string;
  /** Bits of {@link known}. */
  readonly known: number;
  /** Bits of {@link link}, of what stands right before it. */
  readonly before: number;
}

/** Where in a text it is worth looking. */
export interface Tokens {
  /** Of the whole text. */
  readonly codes: Uint16Array;
  readonly words: readonly CapitalisedWord[];
  /** First characters of runs of letters and digits that have a digit. */
  readonly numbers: readonly number[];
  /** First letters of "ninety" and "hundred", which an age may begin with. */
  readonly spoken: readonly number[];
  /** Places of "@", "://", "www.", and of a point between letters. */
  readonly links: readonly number[];
}

const point = 46;
const at = 64;
const colon = 58;
const slash = 47;

const digit = 1;
const small = 2;
const large = 4;
const underscore = 8;
/** What each character of ASCII is. */
const classes = Uint8Array.from({ length: 128 }, (_, code) => {
  if (code >= 48 && code <= 57) return digit;
  if (code >= 97 && code <= 122) return small;
  if (code >= 65 && code <= 90) return large;
  return code === 95 ? underscore : 0;
});

/** One walk through a text, letter by letter: everything else looks only at what it marks. */
export function tokenize(text: string): Tokens {
  const words: CapitalisedWord[] = [];
  const numbers: number[] = [];
  const spoken: number[] = [];
  const links: number[] = [];
  const codes = codesOf(text);
  const { length } = codes;
  let index = 0;
  while (index < length) {
    const code = codes[index]!;
    const first = classOf(code);
    if (first === 0) {
      if (code <= colon || code === at) addLink(codes, index, code, links);
      index++;
      continue;
    }
    const start = index;
    let all = 0;
    let next = first;
    while (next !== 0) {
      all |= next;
      next = ++index < length ? classOf(codes[index]!) : 0;
    }
    if ((all & digit) !== 0) numbers.push(start);
    else if (first === large) {
      const end = endOfCompound(codes, index);
      if (end - start > 1) words.push(wordOf(text, codes, start, end, end === index && all === large));
      index = end;
    }
    if (isOldAge(codes, start, index)) spoken.push(start);
  }
  return { codes, words, numbers, spoken, links };
}

function isOldAge(codes: Uint16Array, start: number, end: number): boolean {
  const length = end - start;
  if (length !== ninety.length && length !== hundred.length) return false;
  const word = length === ninety.length ? ninety : hundred;
  return word.every((code, index) => (codes[start + index]! | 32) === code);
}

const ninety = codesOf("ninety").slice();
const hundred = codesOf("hundred").slice();

function addLink(codes: Uint16Array, index: number, code: number, links: number[]): void {
  const isLink =
    code === at ||
    (code === point && isLetter(codes[index + 1]!) && classOf(codes[index - 1]!) !== 0) ||
    (code === colon && codes[index + 1] === slash && codes[index + 2] === slash);
  if (isLink) links.push(index);
}

function wordOf(
  text: string,
  codes: Uint16Array,
  start: number,
  end: number,
  isOneOfCapitals: boolean,
): CapitalisedWord {
  const word = text.slice(start, end);
  let name = word;
  if (isOneOfCapitals) name = word[0]! + word.slice(1).toLowerCase();
  else if (isUpper(codes[start + 1]!)) name = nameCase(word);
  const known = name === word ? knownIn(codes, start, end) : knownAs(word, name);
  const before = linksBefore(codes, start);
  return { text: word, start, end, name, known, before };
}

/** O'Brien, Smith-Jones: a mark goes on with a capital letter. */
function endOfCompound(codes: Uint16Array, end: number): number {
  for (;;) {
    const code = codes[end]!;
    const isMark = code === 39 || code === 45 || code === 0x2019;
    if (!isMark || !isUpper(codes[end + 1]!)) return end;
    end += 2;
    while (isLetter(codes[end]!)) end++;
  }
}

function nameCase(word: string): string {
  return /\p{Ll}/u.test(word)
    ? word
    : word.replaceAll(/\p{L}+/gu, (part) => part[0]! + part.slice(1).toLowerCase());
}

function isLetter(code: number): boolean {
  return (classOf(code) & (small | large)) !== 0;
}

function isUpper(code: number): boolean {
  return classOf(code) === large;
}

/** Beyond ASCII: Latin, Greek, Cyrillic and the like; signs of multiplication and division are none. */
function classOf(code: number): number {
  if (code < 128) return classes[code]!;
  const isNone = !(code >= 0xc0) || code === 0xd7 || code === 0xf7 || (code >= 0x2000 && code < 0x2c00);
  return isNone ? 0 : classOfOther(code);
}

function classOfOther(code: number): number {
  const character = String.fromCharCode(code);
  if (!/\p{L}/u.test(character)) return 0;
  return /\p{Lu}/u.test(character) ? large : small;
}

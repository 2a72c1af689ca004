/** A capitalised word of two letters or more, with the parts of O'Brien, McDonald, Smith-Jones; or one of capitals alone. */
export interface CapitalisedWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** In the form of lists of names: the first letter of each part large. */
  readonly name: string;
}

/** Where in a text it is worth looking. */
export interface Tokens {
  readonly words: readonly CapitalisedWord[];
  /** First characters of runs of letters and digits that have a digit. */
  readonly numbers: readonly number[];
  /** Places of "@", "://", "www.", and of a point between letters. */
  readonly links: readonly number[];
}

const point = 46;
const at = 64;

/** One walk through a text, letter by letter: everything else looks only at what it marks. */
export function tokenize(text: string): Tokens {
  const words: CapitalisedWord[] = [];
  const numbers: number[] = [];
  const links: number[] = [];
  const { length } = text;
  let index = 0;
  while (index < length) {
    const code = text.charCodeAt(index);
    if (!isWordCode(code)) {
      if (
        code === at ||
        (code === point && isLetter(text.charCodeAt(index + 1)) && isWordCode(text.charCodeAt(index - 1)))
      )
        links.push(index);
      else if (code === 58 && text.charCodeAt(index + 1) === 47 && text.charCodeAt(index + 2) === 47)
        links.push(index);
      index++;
      continue;
    }
    const start = index;
    let hasDigit = false;
    let wordCode = code;
    while (isWordCode(wordCode)) {
      if (wordCode <= 57 && wordCode >= 48) hasDigit = true;
      wordCode = text.charCodeAt(++index);
    }
    if (hasDigit) numbers.push(start);
    else if (isUpper(code)) {
      index = endOfCompound(text, index);
      if (index - start === 1) continue;
      const word = text.slice(start, index);
      words.push({
        text: word,
        start,
        end: index,
        name: isUpper(text.charCodeAt(start + 1)) ? nameCase(word) : word,
      });
    }
  }
  return { words, numbers, links };
}

/** O'Brien, Smith-Jones: a mark goes on with a capital letter. */
function endOfCompound(text: string, end: number): number {
  for (;;) {
    const code = text.charCodeAt(end);
    const isMark = code === 39 || code === 0x2019 || code === 45;
    if (!isMark || !isUpper(text.charCodeAt(end + 1))) return end;
    end += 2;
    while (isLetter(text.charCodeAt(end))) end++;
  }
}

function nameCase(word: string): string {
  return /\p{Ll}/u.test(word)
    ? word
    : word.replaceAll(/\p{L}+/gu, (part) => part[0]! + part.slice(1).toLowerCase());
}

function isWordCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    isOtherLetter(code)
  );
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || isOtherLetter(code);
}

function isUpper(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 0xc0 && /\p{Lu}/u.test(String.fromCharCode(code)));
}

/** Beyond ASCII: Latin, Greek, Cyrillic and the like; signs of multiplication and division are none. */
function isOtherLetter(code: number): boolean {
  return (
    code >= 0xc0 &&
    code !== 0xd7 &&
    code !== 0xf7 &&
    (code < 0x2000 || code >= 0x2c00) &&
    /\p{L}/u.test(String.fromCharCode(code))
  );
}

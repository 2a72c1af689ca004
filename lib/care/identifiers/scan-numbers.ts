import { isIP } from "node:net";

import { isPossiblePhoneNumber } from "libphonenumber-js/min";

import { endOfDigits, isAlphanumeric, isAt, isDigit, isLarge, isSmall, lengthAt } from "./characters.ts";
import type { Found, IdentifierKind } from "./identifier.ts";
import { dateOfFiguresAt, dateOfMonthAt, holidayAt } from "./dates.ts";
import { labelsBefore } from "./number-labels.ts";
import { ageInWords } from "./spoken-dates.ts";
import type { Tokens } from "./tokens.ts";
import { known } from "./word-lists.ts";

/** From a digit, or the letters before it, to its last digit; no number is longer than this many characters. */
const longestNumber = 64;
const numberRun = /^[+(]?[\w]+(?:\)[ -]?(?=\d)|[-/.:+*( ](?=[\w(])|\w)*/u;

const plate = /[A-Z\d]{2,4}[ -][A-Z\d]{3,4}(?![\w-])/uy;
const plateBefore = /(?<=\bplate(?: ?(?:no|number|#))*[.:#\s]{1,3})/iuy;
/**
 * Numbers with a meaning of their own: dates, ages of 90 and more, phones, social security, vehicles, addresses of the
 * internet; and those that a label names.
 */
export function scanNumbers(text: string, { codes, numbers, spoken, words }: Tokens, found: Found): void {
  for (const word of words) {
    if ((word.known & (known.month | known.holiday)) === 0) continue;
    const date = (word.known & known.month) === 0 ? undefined : dateOfMonthAt(text, word);
    if (date !== undefined) found("date", date.start, date.end);
    const holiday = (word.known & known.holiday) === 0 ? 0 : holidayAt(text, word.start);
    if (holiday > 0) found("date", word.start, word.start + holiday);
  }
  for (const start of spoken) {
    const length = lengthAt(ageInWords, text, start);
    if (length > 0) found("age", start - lengthOfCount(text, start), start + length);
  }
  let until = 0;
  for (const number of numbers) {
    if (number < until) continue;
    until = Math.max(until, scanNumber(text, codes, number, found));
  }
}

/** Of the "one " or "a " before "hundred". */
function lengthOfCount(text: string, hundred: number): number {
  if ((text.charCodeAt(hundred) | 32) !== 104) return 0;
  const before = text.slice(Math.max(0, hundred - 4), hundred);
  return /\b(?:one|a)[ -]$/iu.exec(before)?.[0].length ?? 0;
}

/** Looks at the number that begins here; the end of what was found, or 0. */
function scanNumber(text: string, codes: Uint16Array, number: number, found: Found): number {
  const take = (kind: IdentifierKind, start: number, end: number): number => {
    found(kind, start, end);
    return end;
  };
  const dateLength = dateOfFiguresAt(text, codes, number);
  if (dateLength > 0) return take("date", number, number + dateLength);
  const ageLength = ageAt(text, codes, number);
  if (ageLength > 0) return take("age", number, number + ageLength);
  const address = internetAddressAt(text, codes, number);
  if (address > 0) return take("ip-address", number, number + address);

  const start = startOfNumber(text, codes, number);
  const candidates = labelsBefore(codes, start);
  if (candidates === undefined && !mayStandAlone(codes, start))
    return isLarge(codes[number - 2]!) ? scanPlate(text, codes, number, take) : 0;
  const run = numberRun.exec(text.slice(start, start + longestNumber));
  // Letters beyond ASCII stand before it: no number of a kind that is looked for.
  if (run === null) return 0;
  const value = firstValue(run[0]);
  if (candidates !== undefined) {
    for (const { kind, pattern } of candidates)
      if (accepts(kind, value) && isAt(pattern, text, start)) return take(kind, start, start + value.length);
  }
  const plateEnd = scanPlate(text, codes, number, take);
  if (plateEnd > 0) return plateEnd;
  if (/^\d{3}-\d{2}-\d{4}$/u.test(value)) return take("social-security", start, start + value.length);
  if (value.length >= 10 && isPhone(value)) return take("phone", start, start + value.length);
  if (value.length === 17 && /^[A-HJ-NPR-Z0-9]{17}$/u.test(value) && /[A-Z]/u.test(value))
    return take("vehicle", start, start + value.length);
  return 0;
}

/** Whether a number without a label can be one of a phone, social security or vehicle. */
function mayStandAlone(codes: Uint16Array, start: number): boolean {
  const first = codes[start]!;
  if (first === 40 || first === 43) return true;
  let end = endOfDigits(codes, start);
  const mark = codes[end]!;
  const isMark = mark === 32 || mark === 45 || mark === 46;
  if (isMark && (end - start === 3 || (end - start === 1 && first === 49))) return true;
  while (isAlphanumeric(codes[end]!)) end++;
  return end - start === 17;
}

/** "License plate ABC 1234": the letters before the figures belong to it. */
function scanPlate(
  text: string,
  codes: Uint16Array,
  number: number,
  take: (kind: IdentifierKind, start: number, end: number) => number,
): number {
  const previous = codes[number - 1]!;
  // After a space, "#" or ":" of the label, or a hyphen within the plate.
  if (previous !== 32 && previous !== 45 && previous !== 35 && previous !== 58) return 0;
  let start = number;
  if (previous === 32 || previous === 45) {
    let first = number - 1;
    while (number - first < 5 && isLarge(codes[first - 1]!)) first--;
    if (number - first > 2) start = first;
  }
  if (!isAt(plateBefore, text, start)) return 0;
  const length = lengthAt(plate, text, start);
  return length === 0 ? 0 : take("vehicle", start, start + length);
}

/** A code's letters and hyphens before its first digit belong to it, a bracket or plus to a phone. */
function startOfNumber(text: string, codes: Uint16Array, number: number): number {
  const before = codes[number - 1]!;
  if (before === 40 || before === 43) return number - 1;
  if (before !== 45) return number;
  if (!isLarge(codes[number - 2]!)) return number;
  const letters = /(?<![\w])[A-Z]{1,6}-$/u.exec(text.slice(Math.max(0, number - 8), number));
  return letters === null ? number : number - letters[0].length;
}

const fourNumbers = /\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.]*\d)/uy;
const colons = /[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])/iuy;

/** Times have colons too: an address of version 6 has a letter or two colons side by side. */
function internetAddressAt(text: string, codes: Uint16Array, number: number): number {
  let mark = number;
  while (mark < number + 5 && isAlphanumeric(codes[mark]!)) mark++;
  const code = codes[mark]!;
  if (mark === number + 5) return 0;
  if (code === 46 && isDigit(codes[mark + 1]!) && codes[endOfDigits(codes, mark + 1)] === 46) {
    const length = lengthAt(fourNumbers, text, number);
    if (length === 0 || isIP(text.slice(number, number + length)) !== 4) return 0;
    const isVersion = /version|v\.?\s*$/iu.test(text.slice(Math.max(0, number - 9), number));
    return isVersion ? 0 : length;
  }
  if (code === 58) {
    colons.lastIndex = number;
    const address = colons.exec(text)?.[0];
    if (address !== undefined && isIP(address) === 6 && (/[a-f]/iu.test(address) || address.includes("::")))
      return address.length;
  }
  return 0;
}

const phoneInRun = /^(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,4}\)[ .-]?)?\d{2,5}(?:[ .-]\d{2,5}){1,4}(?![\w-])/u;
const grouped = /^[A-Z]{0,6}[-#]?\d[\dA-Z]*(?:[- ][\dA-Z]*\d[\dA-Z]*)*(?![a-z])/u;

/** A run holds words after the number too: the number ends where a space is not within a phone number. */
function firstValue(run: string): string {
  if (run.length >= 7 && !isSmall(run.charCodeAt(0) | 32)) {
    const phone = phoneInRun.exec(run)?.[0];
    if (phone !== undefined && isPhone(phone)) return phone;
  }
  const space = run.indexOf(" ");
  if (space < 0) return run.replace(/[^\w)]+$/u, "");
  const group = grouped.exec(run)?.[0] ?? "";
  return group.length > space ? group.trimEnd() : run.slice(0, space).replace(/[^\w)]+$/u, "");
}

/** Numbers of trials in public registers are labelled as licences and studies are. */
const trial = /^\(?(?:NCT|ISRCTN|ISRNCT|ChiCTR|ACTRN|UMIN|EudraCT|CTRI|DRKS|NTR)[-:\d]/u;

function accepts(kind: IdentifierKind, value: string): boolean {
  if (trial.test(value)) return false;
  let digits = 0;
  for (let at = 0; at < value.length; at++) if (isDigit(value.charCodeAt(at))) digits++;
  switch (kind) {
    case "phone":
    case "fax":
      // An extension or pager has four digits; a year, a dose or a room has as many, but no such label.
      return digits >= 4 && digits <= 15 && /^[+(]?[\d().\- ]+$/u.test(value);
    case "social-security":
      return digits === 9 || digits === 4;
    case "device":
    case "licence":
    case "vehicle":
      return digits >= 3 && value.length >= 5;
    default:
      return digits >= 4 || (digits >= 2 && /[A-Z]/u.test(value) && value.length >= 5);
  }
}

const phoneForm =
  /^(?:\+\d{1,3}[ .-]?(?:\(?\d{1,4}\)?[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){1,3}|(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4})$/u;

/** Ten figures in the form of North America are possible there: only what has another form is looked up. */
const northAmerican = /^(?:\+?1[ .-])?\(?[2-9]\d{2}(?:\) ?|[-. ])\d{3}[-. ]\d{4}$/u;

function isPhone(value: string): boolean {
  return northAmerican.test(value) || (phoneForm.test(value) && isPossiblePhoneNumber(value, "US"));
}

const age = /(?:9\d|1[0-2]\d)(?![\d.,/%])/uy;
const ageAfter =
  /(?:[ -]?(?:years?|yrs?|y)(?:[ -]?(?:old|o\b|\/o)| of age)|[ -]?y\.?\/?o\b|[- ]?year[- ]old)/iuy;
const ageBefore = /(?<=\bage(?:d|:| is)?[ :]{1,2})/iuy;

/** Ages of 90 and more, which Safe Harbor counts as dates. */
function ageAt(text: string, codes: Uint16Array, number: number): number {
  const first = codes[number]!;
  if ((first !== 57 && first !== 49) || !isDigit(codes[number + 1]!)) return 0;
  const length = lengthAt(age, text, number);
  if (length === 0) return 0;
  const isAge = isAt(ageAfter, text, number + length) || isAt(ageBefore, text, number);
  return isAge ? length : 0;
}

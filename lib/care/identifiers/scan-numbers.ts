import { isIP } from "node:net";

import { isPossiblePhoneNumber } from "libphonenumber-js/min";

import type { Found, IdentifierKind } from "./identifier.ts";
import { dateOfFiguresAt, dateOfMonthAt } from "./dates.ts";
import { labelsBefore, wordsBefore } from "./number-labels.ts";
import type { CapitalisedWord } from "./tokens.ts";
import { known } from "./word-lists.ts";

/** From a digit, or the letters before it, to its last digit; no number is longer than this many characters. */
const longestNumber = 64;
const numberRun = /^[+(]?[\w]+(?:\)[ -]?(?=\d)|[-/.:+*( ](?=[\w(])|\w)*/u;

const plate = /[A-Z\d]{2,4}[ -][A-Z\d]{3,4}(?![\w-])/uy;
const plateBefore = /\b(?:licen[cs]e plate|number plate|plate)(?: ?(?:no|number|#))*[.:#\s]{1,3}$/iu;
/**
 * Numbers with a meaning of their own: dates, ages of 90 and more, phones, social security, vehicles, addresses of the
 * internet; and those that a label names.
 */
export function scanNumbers(
  text: string,
  numbers: readonly number[],
  words: readonly CapitalisedWord[],
  found: Found,
): void {
  for (const word of words) {
    if ((word.known & known.month) === 0) continue;
    const length = dateOfMonthAt(text, word.start, word);
    if (length > 0) found("date", word.start, word.start + length);
  }
  let until = 0;
  for (const number of numbers) {
    if (number < until) continue;
    until = Math.max(until, scanNumber(text, number, found));
  }
}

/** Looks at the number that begins here; the end of what was found, or 0. */
function scanNumber(text: string, number: number, found: Found): number {
  const take = (kind: IdentifierKind, start: number, end: number): number => {
    found(kind, start, end);
    return end;
  };
  const dateLength = dateOfFiguresAt(text, number);
  if (dateLength > 0) return take("date", number, number + dateLength);
  const ageLength = ageAt(text, number);
  if (ageLength > 0) return take("age", number, number + ageLength);
  const address = internetAddressAt(text, number);
  if (address > 0) return take("ip-address", number, number + address);

  const start = startOfNumber(text, number);
  const candidates = labelsBefore(text, start);
  if (candidates === undefined && !mayStandAlone(text, start))
    return isLarge(text.charCodeAt(number - 2)) ? scanPlate(text, number, take) : 0;
  const run = numberRun.exec(text.slice(start, start + longestNumber));
  // Letters beyond ASCII stand before it: no number of a kind that is looked for.
  if (run === null) return 0;
  const value = firstValue(run[0]);
  if (candidates !== undefined) {
    const before = text.slice(Math.max(0, start - wordsBefore), start);
    for (const { kind, pattern } of candidates)
      if (accepts(kind, value) && pattern.test(before)) return take(kind, start, start + value.length);
  }
  const plateEnd = scanPlate(text, number, take);
  if (plateEnd > 0) return plateEnd;
  if (/^\d{3}-\d{2}-\d{4}$/u.test(value)) return take("social-security", start, start + value.length);
  if (value.length >= 10 && isPhone(value)) return take("phone", start, start + value.length);
  if (value.length === 17 && /^[A-HJ-NPR-Z0-9]{17}$/u.test(value) && /[A-Z]/u.test(value))
    return take("vehicle", start, start + value.length);
  return 0;
}

/** Whether a number without a label can be one of a phone, social security or vehicle. */
function mayStandAlone(text: string, start: number): boolean {
  const first = text.charCodeAt(start);
  if (first === 40 || first === 43) return true;
  let end = start;
  while (isDigit(text.charCodeAt(end))) end++;
  const mark = text.charCodeAt(end);
  const isMark = mark === 32 || mark === 45 || mark === 46;
  if (isMark && (end - start === 3 || (end - start === 1 && first === 49))) return true;
  while (isAlphanumeric(text.charCodeAt(end))) end++;
  return end - start === 17;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLarge(code: number): boolean {
  return code >= 65 && code <= 90;
}

function isAlphanumeric(code: number): boolean {
  return isDigit(code) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

/** "License plate ABC 1234": the letters before the figures belong to it. */
function scanPlate(
  text: string,
  number: number,
  take: (kind: IdentifierKind, start: number, end: number) => number,
): number {
  const previous = text.charCodeAt(number - 1);
  // After a space, "#" or ":" of the label, or a hyphen within the plate.
  if (previous !== 32 && previous !== 45 && previous !== 35 && previous !== 58) return 0;
  const before = text.slice(Math.max(0, number - wordsBefore), number);
  if (!before.includes("late") && !before.includes("LATE")) return 0;
  const beforePlate = before.replace(/[A-Z]{2,4}[ -]$/u, "");
  if (!plateBefore.test(beforePlate)) return 0;
  plate.lastIndex = number - before.length + beforePlate.length;
  const match = plate.exec(text);
  return match === null ? 0 : take("vehicle", match.index, match.index + match[0].length);
}

/** A code's letters and hyphens before its first digit belong to it, a bracket or plus to a phone. */
function startOfNumber(text: string, number: number): number {
  const before = text.charCodeAt(number - 1);
  if (before === 40 || before === 43) return number - 1;
  if (before !== 45) return number;
  if (!isLarge(text.charCodeAt(number - 2))) return number;
  const letters = /(?<![\w])[A-Z]{1,6}-$/u.exec(text.slice(Math.max(0, number - 8), number));
  return letters === null ? number : number - letters[0].length;
}

const fourNumbers = /\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.]*\d)/uy;
const colons = /[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])/iuy;

/** Times have colons too: an address of version 6 has a letter or two colons side by side. */
function internetAddressAt(text: string, number: number): number {
  let mark = number;
  while (mark < number + 5 && isAlphanumeric(text.charCodeAt(mark))) mark++;
  const code = text.charCodeAt(mark);
  if (mark === number + 5) return 0;
  if (code === 46 && isDigit(text.charCodeAt(mark + 1))) {
    fourNumbers.lastIndex = number;
    const address = fourNumbers.exec(text)?.[0];
    if (address === undefined || isIP(address) !== 4) return 0;
    const isVersion = /version|v\.?\s*$/iu.test(text.slice(Math.max(0, number - 9), number));
    return isVersion ? 0 : address.length;
  }
  if (code === 58) {
    colons.lastIndex = number;
    const address = colons.exec(text)?.[0];
    if (address !== undefined && isIP(address) === 6 && (/[a-f]/iu.test(address) || address.includes("::")))
      return address.length;
  }
  return 0;
}

/** A run holds words after the number too: the number ends where a space is not within a phone number. */
function firstValue(run: string): string {
  const phone = /^(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,4}\)[ .-]?)?\d{2,5}(?:[ .-]\d{2,5}){1,4}(?![\w-])/u.exec(run);
  if (phone !== null && isPhone(phone[0])) return phone[0];
  const grouped = /^[A-Z]{0,6}[-#]?\d[\dA-Z]*(?:[- ][\dA-Z]*\d[\dA-Z]*)*(?![a-z])/u.exec(run);
  const word = /^[^\s]+/u.exec(run)![0].replace(/[^\w)]+$/u, "");
  return grouped !== null && grouped[0].length > word.length ? grouped[0].trimEnd() : word;
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
  /^(?:[ -]?(?:years?|yrs?|y)(?:[ -]?(?:old|o\b|\/o)| of age)|[ -]?y\/?o\b|[- ]?year[- ]old)/iu;
const ageBefore = /\bage(?:d|:| is)?[ :]{1,2}$/iu;

/** Ages of 90 and more, which Safe Harbor counts as dates. */
function ageAt(text: string, number: number): number {
  const first = text.charCodeAt(number);
  if (first !== 57 && first !== 49) return 0;
  age.lastIndex = number;
  const years = age.exec(text)?.[0];
  if (years === undefined) return 0;
  const end = number + years.length;
  const isAge =
    ageAfter.test(text.slice(end, end + 14)) || ageBefore.test(text.slice(Math.max(0, number - 10), number));
  return isAge ? years.length : 0;
}

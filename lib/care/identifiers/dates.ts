import { endOfDigits, isAlphanumeric, isAt, isDigit, lengthAt } from "./characters.ts";
import { afterMonth, beforeMonth, yearAfter } from "./spoken-dates.ts";
import type { CapitalisedWord } from "./tokens.ts";
import { known } from "./word-lists.ts";

const month =
  "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
const day = String.raw`(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?`;
const year = String.raw`(?:(?:19|20)\d{2}|'\d{2})`;

/** All elements of a date but the year, from its first figure or the name of its month. */
const figures = new RegExp(
  [
    String.raw`(?:19|20)\d{2}[-/.](?:1[0-2]|0?[1-9])(?:[-/.](?:[12]\d|3[01]|0?[1-9]))?(?![\w/-]|\.\d)`,
    String.raw`(?:3[01]|[12]\d|0?[1-9])(?<mark>[-/.])(?:3[01]|[12]\d|0?[1-9])\k<mark>(?:(?:19|20)\d{2}|\d{2})(?![\w/-]|\.\d)`,
    String.raw`(?:3[01]|[12]\d|0?[1-9])\/(?:(?:19|20)\d{2}|\d{2}|[1-9])(?![\w/%-]|\.\d)`,
    String.raw`(?:1[0-2]|0?[1-9]) ?, ?(?:[12]\d|3[01]|0?[1-9]) ?, ?(?:19|20)\d{2}(?![\w/-]|\.\d)`,
    String.raw`${day}[ -](?:of )?${month}\b\.?(?:,?[ -]${year})?`,
  ].join("|"),
  "iuy",
);
const monthFirst = new RegExp(
  [
    String.raw`${month}\b\.?[ -]${day}(?!\w|\/|\.\d| ?(?:mg|ml|mcg|units?|%))(?:,? ${year})?`,
    String.raw`${month}\b\.?,? (?:of )?(?:19|20)\d{2}\b`,
  ].join("|"),
  "iuy",
);
/** A month alone tells part of a date too: those that are words and names as well where it is told when something was. */
const whenBefore =
  /(?<=\b(?:in|since|until|by|last|next|this|early|late|mid|of|during|and|or|from|to|through|between|after|before|around)[ -])/iuy;
const wordsToo = new Set(["March", "April", "May", "June", "August"]);

/** Where the date begins and ends that has a word in it that is a month; undefined where it is none. */
export function dateOfMonthAt(
  text: string,
  { start, end, name, known: bits }: CapitalisedWord,
): Span | undefined {
  const isWhole = (bits & known.wholeMonth) !== 0;
  const first = isWhole ? start - dayBefore(text, start) : start;
  const length = lengthOf(monthFirst, text, start);
  // "March 4, 2021", "March 4th of two thousand four".
  const spoken = isWhole ? lengthAt(afterMonth, text, end) : 0;
  if (spoken > Math.max(0, length - (end - start))) return { start: first, end: end + spoken };
  if (length > 0) return { start: first, end: start + length };
  if (first < start) return { start: first, end: end + lengthAt(yearAfter, text, end) };
  if (!isWhole || (wordsToo.has(name) && !isAt(whenBefore, text, start))) return undefined;
  return { start, end };
}

/** Length of the "third of " before a month. */
function dayBefore(text: string, start: number): number {
  beforeMonth.lastIndex = start;
  const found = text.charCodeAt(start - 1) === 32 ? beforeMonth.exec(text) : null;
  return found === null ? 0 : found.groups!["day"]!.length + 1;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Holidays tell a date where a word of time stands before them, and nothing after that has their name. */
const holidays =
  /(?<=\b(?:around|about|near|at|on|by|for|before|after|since|until|till|over|during|through|past|last|next|this|prior to|following|week of|day after|day before) (?:the |last |this |next )?)(?:Christmas|Thanksgiving|Easter|Halloween|Hanukkah|Passover|Ramadan|Diwali|New Year['’]?s|Valentine['’]?s|(?:Memorial|Labor|Independence|Veterans|Mother['’]?s|Father['’]?s|Columbus) Day)(?: (?:Day|Eve|Sunday|Monday|Friday|weekend|break|holidays?))*\b(?! (?:tree|egg|card|gift|present|cactus|island|seal|farm|factor|disease))/iuy;

/** Length of the holiday that begins with a word, 0 where none does. */
export function holidayAt(text: string, start: number): number {
  return lengthAt(holidays, text, start);
}

/** Length of the date that begins with the figures here, 0 where none does. */
export function dateOfFiguresAt(text: string, codes: Uint16Array, start: number): number {
  return mayBeDate(codes, start) ? lengthOf(figures, text, start) : 0;
}

function lengthOf(pattern: RegExp, text: string, start: number): number {
  const previous = text.charCodeAt(start - 1);
  if (isAlphanumeric(previous) || previous === 95 || (previous >= 45 && previous <= 47)) return 0;
  const length = lengthAt(pattern, text, start);
  return length > 0 && isDate(text, start, start + length) ? length : 0;
}

/** Most figures are none: those of a date go on with a mark and a figure, or with a month. */
function mayBeDate(codes: Uint16Array, start: number): boolean {
  const end = endOfDigits(codes, start);
  const count = end - start;
  if (count === 0 || count === 3 || count > 4) return false;
  const mark = codes[end]!;
  const next = codes[end + 1]!;
  // Decimals have one point.
  if (mark === 46 && count < 4 && codes[endOfDigits(codes, end + 1)] !== 46) return false;
  if (mark >= 45 && mark <= 47 && isDigit(next)) return true;
  if (count === 4) return false;
  // "14 March", "14-Mar", "14th of March".
  if (mark === 44 || (mark === 32 && next === 44)) return count < 3;
  if (mark === 32 || mark === 45) return monthInitials.has(next | 32);
  return (mark | 32) >= 110 && (mark | 32) <= 116;
}

/** Of the months, and of "of". */
const monthInitials = new Set([..."jfmasondo"].map((letter) => letter.charCodeAt(0)));

/** Figures with a slash are dates after these words, or before a time; else they may be scores and fractions. */
const datedBefore =
  /(?<=(?:\b(?:on|since|of|dated?|by|until|from|to|through|thru|between|and|before|after|admitted|discharged|seen|visit|dob|born|d\.o\.b\.|date|due|effective|expires?|signed|collected|received|performed|started?|stopped|last|next|lmp)|[(:,-])[\s:.#(]*)/iuy;
const timeAfter = /\s*(?:at|@|,)?\s*\d{1,2}:\d{2}/uy;
const monthBefore =
  /(?<=\b(?:in|since|until|till|from|through|by|dated?|back in|(?:end|beginning|start|middle|week|month) of)(?: to)? )/iuy;
const bornBefore = /(?<=\b(?:birth|born|dob|birthday)(?: is)?[ ,:]+(?:on )?)/iuy;
const scoreAfter =
  /\s*(?:strength|scale|pain|in\b|systolic|of\b|patients|cases|subjects|participants|women|men\b|children|samples|eyes|\()/iuy;
const scoreBefore =
  /(?<=\b(?:pain|score|scale|strength|grade|murmur|reflexes|pulses|apgars?|gcs|vision|acuity|bp|pressure|rated|rates?|ratio|stage|visual|va|motor|phq|power)\b[^.;\n]{0,18})/iuy;

/** Whether what has the form of a date is one, by what stands around it. */
function isDate(text: string, start: number, end: number): boolean {
  const value = text.slice(start, end);
  const two = /^(\d{1,2})\/(\d{1,4})$/u.exec(value);
  if (two === null)
    return value.includes(",") && isDigit(value.charCodeAt(0)) && !/\p{L}/u.test(value)
      ? isAt(bornBefore, text, start)
      : isPossible(value);
  const [first, second] = [Number(two[1]), Number(two[2])];
  if (second >= 1900) return first <= 12;
  if (isAt(scoreBefore, text, start) || isAt(scoreAfter, text, end)) return false;
  // Month and year: "until 7/93", "in 08/07".
  if (second > 31) return first <= 12 && isAt(monthBefore, text, start);
  if (first <= 12 && (value.startsWith("0") || value.includes("/0")) && isAt(monthBefore, text, start))
    return true;
  const hasMonth = first <= 12 || second <= 12;
  return hasMonth && (isAt(datedBefore, text, start) || isAt(timeAfter, text, end));
}

/** Versions and doses have dots: "1.2.30" is a date only where one of the first two is a month. */
function isPossible(value: string): boolean {
  const parts = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{2,4})$/u.exec(value);
  if (parts === null) return true;
  return Number(parts[1]) <= 12 || Number(parts[3]) <= 12;
}

import { isIP } from "node:net";

import { isPossiblePhoneNumber } from "libphonenumber-js/min";

import type { Found, IdentifierKind } from "./identifier.ts";
import { dateAt } from "./dates.ts";
import type { CapitalisedWord } from "./tokens.ts";

/** From a digit, or the letters before it, to its last digit; no number is longer than this many characters. */
const longestNumber = 64;
const numberRun = /^[+(]?[\w]+(?:\)[ -]?(?=\d)|[-/.:+*( ](?=[\w(])|\w)*/u;

/** How far back the words before a number say what it is. */
const wordsBefore = 56;

/** The words that say what a number is, as they end right before it; the first that fits counts. */
const labels: readonly (readonly [kind: IdentifierKind, pattern: RegExp])[] = [
  ["fax", /\b(?:fax|facsimile|f)(?: ?(?:no|number|line))?[.:#\s]*$/iu],
  [
    "phone",
    /\b(?:phone|telephone|tel|mobile|cell|pager|beeper|ph|call|contact|reached at|home|work|extension|ext)(?: ?(?:no|number|phone))?(?: (?:at|is|on))?[.:#\s(]*$/iu,
  ],
  ["social-security", /\b(?:ssn|social security(?: (?:no|number|#))?|ss ?#)[.:#\s]*(?:is )?$/iu],
  [
    "medical-record",
    /\b(?:mrn|mr ?(?:no|#)|med(?:ical)? ?rec(?:ord)?(?: ?(?:no|number|#))?|(?:patient|hospital|chart|unit|case|encounter|visit|record|accession|specimen|nhs) ?(?:id|no|number|#)|pt ?(?:id|#))[.:#\s]*(?:is )?$/iu,
  ],
  [
    "health-plan",
    /\b(?:(?:health ?plan|insurance|member|subscriber|policy|beneficiary|medicare|medicaid|group|plan|hicn|mbi)(?: ?(?:id|no|number|#|card|beneficiary|identifier))*)[.:#\s]*(?:is )?$/iu,
  ],
  [
    "account",
    /\b(?:(?:acc(?:oun)?t|billing|invoice|guarantor|bank|iban|card|credit card)(?: ?(?:id|no|number|#))*)[.:#\s]*(?:is )?$/iu,
  ],
  [
    "licence",
    /\b(?:(?:licen[cs]e|lic|certificate|cert|dea|npi|upin|driver'?s licen[cs]e|passport|dl|registration)(?: ?(?:id|no|number|#))*)[.:#\s]*(?:is )?$/iu,
  ],
  [
    "vehicle",
    /\b(?:vin|vehicle(?: identification)?|licen[cs]e plate|plate|number plate)(?: ?(?:id|no|number|#))*[.:#\s]*(?:is )?$/iu,
  ],
  [
    "device",
    /\b(?:s\/n|sn|serial|device|implant|pacemaker|icd|generator|lead|model|lot|udi)(?: ?(?:id|identifier|serial|no|number|#))+[.:#\s]*(?:is )?$|\b(?:s\/n|serial)[.:#\s]*$/iu,
  ],
  [
    "biometric",
    /\b(?:fingerprint|finger print|retina(?:l)?|iris|voice ?print|palm|biometric|dna profile)(?: ?(?:scan|id|template|no|number|code|#))*[.:#\s]*(?:is )?$/iu,
  ],
  [
    "other-number",
    /\b(?:study|subject|participant|trial|research|employee|student|badge|confirmation|tracking|reference|ref|barcode|user ?name|login)(?: ?(?:id|no|number|code|#))+[.:#\s]*(?:is )?$/iu,
  ],
];

const plate = /[A-Z\d]{2,4}[ -][A-Z\d]{3,4}(?![\w-])/uy;
const plateBefore = /\b(?:licen[cs]e plate|number plate|plate)(?: ?(?:no|number|#))*[.:#\s]{1,3}$/iu;
/** Without one of these as the last word before a number no label can fit: most numbers have none. */
const labelWords = new Set(
  (
    "# fax facsimile f no number line phone telephone tel mobile cell pager beeper ph call contact at is on home work extension ext ssn security ss " +
    "mrn mr rec record patient hospital chart unit case encounter visit accession specimen nhs id pt plan healthplan insurance member subscriber policy " +
    "beneficiary medicare medicaid group hicn mbi card identifier account acct act billing invoice guarantor bank iban license licence lic certificate cert " +
    "dea npi upin passport dl registration vin vehicle identification plate s/n sn serial device implant pacemaker icd generator lead model lot udi " +
    "fingerprint print retina retinal iris voiceprint palm biometric profile scan template code study subject participant trial research employee student " +
    "badge confirmation tracking reference ref barcode username name login"
  ).split(" "),
);

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
  for (const { start, name } of words) {
    const length = dateAt(text, start, name);
    if (length > 0) found("date", start, start + length);
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
  const dateLength = dateAt(text, number);
  if (dateLength > 0) return take("date", number, number + dateLength);
  const ageLength = ageAt(text, number);
  if (ageLength > 0) return take("age", number, number + ageLength);
  const address = internetAddressAt(text, number);
  if (address > 0) return take("ip-address", number, number + address);

  const start = startOfNumber(text, number);
  const before = text.slice(Math.max(0, start - wordsBefore), start);
  const run = numberRun.exec(text.slice(start, start + longestNumber));
  // Letters beyond ASCII stand before it: no number of a kind that is looked for.
  if (run === null) return 0;
  const value = firstValue(run[0]);
  if (labelWords.has(lastWordOf(before))) {
    const label = labels.find(([kind, pattern]) => pattern.test(before) && accepts(kind, value));
    if (label !== undefined) return take(label[0], start, start + value.length);
  }
  const beforePlate = text.slice(Math.max(0, number - wordsBefore), number).replace(/[A-Z]{2,4}[ -]$/u, "");
  if (/plate/iu.test(beforePlate) && plateBefore.test(beforePlate)) {
    plate.lastIndex = number - (Math.min(wordsBefore, number) - beforePlate.length);
    const match = plate.exec(text);
    if (match !== null) return take("vehicle", match.index, match.index + match[0].length);
  }
  if (/^\d{3}-\d{2}-\d{4}$/u.test(value)) return take("social-security", start, start + value.length);
  if (value.length >= 10 && isPhone(value)) return take("phone", start, start + value.length);
  if (value.length === 17 && /^[A-HJ-NPR-Z0-9]{17}$/u.test(value) && /[A-Z]/u.test(value))
    return take("vehicle", start, start + value.length);
  return 0;
}

/** The last word, in small letters, or a "#" that stands after it. */
function lastWordOf(before: string): string {
  let end = before.length;
  while (end > 0 && !isLabelLetter(before.charCodeAt(end - 1))) {
    if (before.charCodeAt(end - 1) === 35) return "#";
    end--;
  }
  let start = end;
  while (start > 0 && isLabelLetter(before.charCodeAt(start - 1))) start--;
  return before.slice(start, end).toLowerCase();
}

function isLabelLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 47 || code === 39;
}

/** A code's letters and hyphens before its first digit belong to it, a bracket or plus to a phone. */
function startOfNumber(text: string, number: number): number {
  const before = text.charCodeAt(number - 1);
  if (before === 40 || before === 43) return number - 1;
  if (before !== 45) return number;
  const letters = /(?<![\w])[A-Z]{1,6}-$/u.exec(text.slice(Math.max(0, number - 8), number));
  return letters === null ? number : number - letters[0].length;
}

const fourNumbers = /\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.]*\d)/uy;
const colons = /[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])/iuy;

/** Times have colons too: an address of version 6 has a letter or two colons side by side. */
function internetAddressAt(text: string, number: number): number {
  const first = text.slice(number, number + 5);
  if (first.indexOf(".") > 0) {
    fourNumbers.lastIndex = number;
    const address = fourNumbers.exec(text)?.[0];
    const isVersion = /version|v\.?\s*$/iu.test(text.slice(Math.max(0, number - 9), number));
    if (address !== undefined && isIP(address) === 4 && !isVersion) return address.length;
  }
  if (first.indexOf(":") > 0) {
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

function accepts(kind: IdentifierKind, value: string): boolean {
  const digits = value.replaceAll(/\D/gu, "").length;
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

function isPhone(value: string): boolean {
  return phoneForm.test(value) && isPossiblePhoneNumber(value, "US");
}

const age = /(?:9\d|1[0-2]\d)(?![\d.,/%])/uy;
const ageAfter =
  /^(?:[ -]?(?:years?|yrs?|y)(?:[ -]?(?:old|o\b|\/o)| of age)|[ -]?y\/?o\b|[- ]?year[- ]old)/iu;
const ageBefore = /\bage(?:d|:| is)?[ :]{1,2}$/iu;

/** Ages of 90 and more, which Safe Harbor counts as dates. */
function ageAt(text: string, number: number): number {
  age.lastIndex = number;
  const years = age.exec(text)?.[0];
  if (years === undefined) return 0;
  const end = number + years.length;
  const isAge =
    ageAfter.test(text.slice(end, end + 14)) || ageBefore.test(text.slice(Math.max(0, number - 10), number));
  return isAge ? years.length : 0;
}

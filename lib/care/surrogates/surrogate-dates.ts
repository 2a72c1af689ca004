import { inFigures } from "../identifiers/spoken-dates.ts";
import { wholeMonths } from "../identifiers/word-lists.ts";
import type { KeyedChoice } from "./keyed-choice.ts";

const millisecondsPerDay = 86_400_000;
/** For dates that tell none; no leap year. */
const someYear = 2023;
/** For dates that tell none. */
const someDay = 15;

/**
 * Days by which all dates of a patient move: up to four years back or forth.
 *
 * Beyond whole years it is from 45 to 320 days, so that a month alone and a day without its year move too.
 */
export function shiftOf(choice: KeyedChoice): number {
  const numbers = choice.for("shift", "");
  const days = 45 + numbers.below(276) + 365 * numbers.below(4);
  return numbers.below(2) === 0 ? days : -days;
}

type Part = "year" | "month" | "day" | "ordinal" | undefined;

/** The date so many days later, written in the same way, but words in figures; what is read as no date comes back as it was. */
export function surrogateDate(written: string, shift: number): string {
  const value = inFigures(written);
  const tokens = [...value.matchAll(/\d+|\p{L}+/gu)].map(([token]) => token);
  const parts = partsOf(tokens, value);
  const numberOf = (part: Part, fallback: number): number => {
    const at = parts.indexOf(part);
    if (at < 0) return fallback;
    const month = monthOf(tokens[at]!);
    return month > 0 ? month : Number(tokens[at]);
  };
  const year = numberOf("year", someYear);
  const from = Date.UTC(
    year >= 100 ? year : year + (year < 50 ? 2000 : 1900),
    numberOf("month", 1) - 1,
    numberOf("day", someDay),
  );
  const date = new Date(from + shift * millisecondsPerDay);
  if (Number.isNaN(date.getTime())) return written;
  const figures = tokens.filter((token, index) => parts[index] !== "year" && /^\d/u.test(token));
  const hasMark = /\d[-/.]|[-/.]\d/u.test(value);
  const isPadded =
    figures.some((token) => token.startsWith("0")) ||
    (hasMark && figures.every((token) => token.length === 2));
  const padded = (number: number): string => String(number).padStart(isPadded ? 2 : 1, "0");
  let at = 0;
  return value.replaceAll(/\d+|\p{L}+/gu, (token) => {
    switch (parts[at++]) {
      case "year":
        return String(date.getUTCFullYear()).slice(-token.length);
      case "month":
        return /^\d/u.test(token)
          ? padded(date.getUTCMonth() + 1)
          : monthLike(token, date.getUTCMonth(), value.includes("-"));
      case "day":
        return padded(date.getUTCDate());
      case "ordinal":
        return ordinalOf(date.getUTCDate());
      default:
        return token;
    }
  });
}

/** What each token says: figures alone are month first, but where that cannot be or points stand between them. */
function partsOf(tokens: readonly string[], value: string): Part[] {
  const hasMonth = tokens.some((token) => monthOf(token) > 0);
  const figures = tokens.filter((token) => /^\d/u.test(token));
  let order: Part[];
  if (hasMonth) order = figures[0]?.length === 4 || /^\D*'/u.test(value) ? ["year"] : ["day", "year"];
  else if (figures[0]?.length === 4) order = ["year", "month", "day"];
  else if (figures.length === 2 && (figures[1]!.length === 4 || Number(figures[1]) > 31))
    order = ["month", "year"];
  else {
    const isDayFirst = Number(figures[0]) > 12 || (value.includes(".") && Number(figures[1]) <= 12);
    order = isDayFirst ? ["day", "month", "year"] : ["month", "day", "year"];
  }
  let next = 0;
  return tokens.map((token) => {
    if (/^\d/u.test(token)) return order[next++];
    if (monthOf(token) > 0) return "month";
    return /^(?:st|nd|rd|th)$/iu.test(token) ? "ordinal" : undefined;
  });
}

/** 1 to 12, or 0 where a word is no month. */
function monthOf(word: string): number {
  const initials = word.slice(0, 3).toLowerCase();
  const isWord = word.length >= 3 && /^\p{L}+$/u.test(word);
  return isWord ? 1 + wholeMonths.findIndex((month) => month.toLowerCase().startsWith(initials)) : 0;
}

/** In full or its first three letters, in large letters or small, as the other was. */
function monthLike(word: string, month: number, hasHyphen: boolean): string {
  const isWhole = wholeMonths.some((name) => name.toLowerCase() === word.toLowerCase());
  const name = wholeMonths[month]!.slice(0, isWhole && !(hasHyphen && word.length === 3) ? undefined : 3);
  if (word === word.toUpperCase()) return name.toUpperCase();
  return word === word.toLowerCase() ? name.toLowerCase() : name;
}

function ordinalOf(day: number): string {
  const isTeen = day >= 11 && day <= 13;
  return isTeen ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th");
}

/** Dates and ages as they are said and dictated: "July twenty ninth two thousand eight", "ninety two years old". */

const ones = "one two three four five six seven eight nine".split(" ");
const teens = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(" ");
const tens = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const ordinalOnes = "first second third fourth fifth sixth seventh eighth ninth".split(" ");
const ordinalTeens =
  "tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split(
    " ",
  );

/** 1 to 99: "twenty one". */
export function inWords(number: number): string {
  if (number < 20) return number < 10 ? ones[number - 1]! : teens[number - 10]!;
  const ten = tens[Math.floor(number / 10) - 2]!;
  return number % 10 === 0 ? ten : `${ten} ${ones[(number % 10) - 1]}`;
}

/** 1 to 31: "twenty first". */
export function ordinalInWords(day: number): string {
  if (day < 20) return day < 10 ? ordinalOnes[day - 1]! : ordinalTeens[day - 10]!;
  const ten = day < 30 ? "twent" : "thirt";
  return day % 10 === 0 ? `${ten}ieth` : `${ten}y ${ordinalOnes[(day % 10) - 1]}`;
}

/** 1900 to 2099: "nineteen ninety four", "two thousand four". */
export function yearInWords(year: number): string {
  const rest = year % 100;
  if (year >= 2000) return rest === 0 ? "two thousand" : `two thousand ${inWords(rest)}`;
  return rest === 0 ? "nineteen hundred" : `nineteen ${rest < 10 ? "oh " : ""}${inWords(rest)}`;
}

const gap = "[ -]";
const one = `(?:${ones.join("|")})`;
const ordinalOne = `(?:${ordinalOnes.join("|")})`;
const belowHundred = `(?:(?:${tens.join("|")})(?:${gap}${one})?|${teens.join("|")}|${one})`;
const ordinal = `(?:(?:twenty|thirty)${gap}${ordinalOne}|twentieth|thirtieth|${ordinalTeens.join("|")}|${ordinalOne})`;
const dayInWords = `(?:${ordinal}|(?:twenty|thirty)${gap}${one}|twenty|thirty|${teens.join("|")}|${one})`;
const yearSpoken = `(?:two thousand(?: and)?(?: ${belowHundred})?|(?:nineteen|twenty)${gap}(?:hundred|oh?${gap}${one}|(?:${tens.join("|")})(?:${gap}${one})?|${teens.join("|")}))`;
/** Of a century that is not told: "O four", "ninety four". */
const yearShort = `(?:oh?${gap}${one}|(?:${tens.slice(2).join("|")})(?:${gap}${one})?)`;
const wholeYear = `,? (?:(?:of|in) )?(?:${yearSpoken}|(?:19|20)\\d{2})`;
const afterDay = `(?:${wholeYear}|(?:,? of|,)? ${yearShort}(?! (?:years?|percent|milligrams?|pounds?|degrees|over)))?`;
const dayInFigures = "(?:[12]\\d|3[01]|0?[1-9])(?:st|nd|rd|th)";

const dayOfMonth = `,? (?:the )?(?:${dayInWords}(?! ?(?:mg|milligrams?|units?|percent|days?|weeks?|months?|years?|times|hundred|thousand|or|to)\\b)|${dayInFigures})\\b`;

/** After the name of a month: a day in words, and a year; or a year in words alone, as "twenty ten" is. */
export const afterMonth = new RegExp(
  [
    `${dayOfMonth}${wholeYear}\\b`,
    `,?(?: of| in)? (?:${yearSpoken}|(?:of|in) ${yearShort})\\b`,
    `${dayOfMonth}${afterDay}\\b`,
  ].join("|"),
  "iuy",
);
/** Before it: a day in words. */
export const beforeMonth = new RegExp(`(?<=\\b(?<day>${ordinal}(?: day)?(?: of)?) )`, "iuy");
/** After a month that was preceded by a day. */
export const yearAfter = new RegExp(`(?:${wholeYear}|,? (?:of|in) ${yearShort})\\b`, "iuy");
/** A day in words that no other word would be: "may first" is none. */
export const surelyDay = new RegExp(` (?:the )?(?!first|second|third)${ordinal}\\b`, "uy");

/** "ninety", "ninety two", "a hundred and one". */
export const ageInWords = new RegExp(
  `(?:ninety(?:${gap}${one})?|(?<=\\b(?:a|one)${gap})hundred(?:(?:${gap}and)?${gap}(?:${one}|${teens.join("|")}))?)(?=${gap}years?${gap}(?:old|of age|young)\\b)`,
  "iuy",
);

const values = new Map<string, number>();
for (const [index, word] of ones.entries()) values.set(word, index + 1);
for (const [index, word] of teens.entries()) values.set(word, index + 10);
for (const [index, word] of tens.entries()) values.set(word, index * 10 + 20);
for (const [index, word] of ordinalOnes.entries()) values.set(word, index + 1);
for (const [index, word] of ordinalTeens.entries()) values.set(word, index + 10);
values.set("twentieth", 20).set("thirtieth", 30);

const spokenParts = new RegExp(
  `\\b(?:(?<year>${yearSpoken})|(?<short>${yearShort})|(?<day>${ordinal})|(?<number>${dayInWords}))\\b`,
  "giu",
);

/** The date with figures in place of the words: "July 29th 2008". */
export function inFigures(date: string): string {
  return date.replaceAll(spokenParts, (words: string, ...rest: unknown[]) => {
    const { year, short, day } = rest.at(-1) as Record<string, string | undefined>;
    const sum = words
      .toLowerCase()
      .split(/[ -]/u)
      .reduce((total, word) => total + (values.get(word) ?? 0), 0);
    if (year !== undefined) return String(yearOf(year.toLowerCase(), sum));
    if (short !== undefined) return `'${String(sum).padStart(2, "0")}`;
    return day === undefined ? String(sum) : `${sum}th`;
  });
}

/** @param sum of its words: 2 + 4 of "two thousand four", 20 + 10 of "twenty ten" */
function yearOf(words: string, sum: number): number {
  if (words.startsWith("two")) return 2000 + sum - 2;
  return words.startsWith("nineteen") ? 1900 + sum - 19 : 2000 + sum - 20;
}

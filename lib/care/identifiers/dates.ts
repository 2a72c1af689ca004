const month =
  "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
const day = String.raw`(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?`;
const year = String.raw`(?:(?:19|20)\d{2}|'\d{2})`;

/** All elements of a date but the year, from its first figure or the name of its month. */
const figures = new RegExp(
  [
    String.raw`(?:19|20)\d{2}[-/.](?:1[0-2]|0?[1-9])(?:[-/.](?:[12]\d|3[01]|0?[1-9]))?(?![\w/-]|\.\d)`,
    String.raw`(?:3[01]|[12]\d|0?[1-9])(?<mark>[-/.])(?:3[01]|[12]\d|0?[1-9])\k<mark>(?:(?:19|20)\d{2}|\d{2})(?![\w/-]|\.\d)`,
    String.raw`(?:3[01]|[12]\d|0?[1-9])\/(?:(?:19|20)\d{2}|3[01]|[12]\d|0?[1-9])(?![\w/%-]|\.\d)`,
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
const monthNames = new Set(
  "January February March April May June July August September October November December".split(" "),
);
const monthWords = new Set([...monthNames, ..."Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec".split(" ")]);
/** A month alone tells part of a date too, where it is told when something was. */
const whenBefore = /\b(?:in|since|until|by|last|next|this|early|late|mid|of|during)[ -]$/iu;

/**
 * Length of the date that begins here, 0 where none does.
 *
 * @param word the capitalised word that begins here, where one does
 */
export function dateAt(text: string, start: number, word?: string): number {
  if (word !== undefined && !monthWords.has(word)) return 0;
  const pattern = word === undefined ? figures : monthFirst;
  pattern.lastIndex = start;
  const value = /[-/.\w]/u.test(text.charAt(start - 1)) ? undefined : pattern.exec(text)?.[0];
  const before = text.slice(Math.max(0, start - 24), start);
  if (value === undefined)
    return word !== undefined && monthNames.has(word) && whenBefore.test(before) ? word.length : 0;
  const end = start + value.length;
  return isDate(value, before, text.slice(end, end + 16)) ? value.length : 0;
}

/** Figures with a slash are dates after these words, or before a time; else they may be scores and fractions. */
const datedBefore =
  /(?:\b(?:on|since|of|dated?|by|until|from|to|through|thru|between|and|before|after|admitted|discharged|seen|visit|dob|born|d\.o\.b\.|date|due|effective|expires?|signed|collected|received|performed|started?|stopped|last|next|lmp)|[(:,-])[\s:.#(]*$/iu;
const timeAfter = /^\s*(?:at|@|,)?\s*\d{1,2}:\d{2}/u;
const scoreBefore =
  /\b(?:pain|score|scale|strength|grade|murmur|reflexes|pulses|apgars?|gcs|vision|acuity|bp|pressure|rated|rates?|ratio|stage|visual|va|motor|phq|power)\b[^.;\n]{0,18}$/iu;

/** Whether what has the form of a date is one, by what stands around it. */
function isDate(value: string, before: string, after: string): boolean {
  const two = /^(\d{1,2})\/(\d{1,4})$/u.exec(value);
  if (two === null) return isPossible(value);
  const [first, second] = [Number(two[1]), Number(two[2])];
  if (second > 31) return first <= 12 && second >= 1900;
  if (scoreBefore.test(before) || /^\s*(?:strength|scale|pain|in\b|systolic)/iu.test(after)) return false;
  const hasMonth = first <= 12 || second <= 12;
  return hasMonth && (datedBefore.test(before) || timeAfter.test(after));
}

/** Versions and doses have dots: "1.2.30" is a date only where one of the first two is a month. */
function isPossible(value: string): boolean {
  const parts = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{2,4})$/u.exec(value);
  if (parts === null) return true;
  return Number(parts[1]) <= 12 || Number(parts[3]) <= 12;
}

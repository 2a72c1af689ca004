import type { KeyedChoice } from "./keyed-choice.ts";
import { lastNames } from "./surrogate-names.ts";
import { surrogateCode, surrogatePostCode } from "./surrogate-numbers.ts";

/** Words that say what kind of place it is, and stay. */
const kinds = new Set(
  (
    "Street St Avenue Ave Road Rd Drive Dr Lane Ln Boulevard Blvd Court Ct Place Pl Terrace Ter Way Circle Cir Parkway Pkwy Highway Hwy Square Sq Trail Trl " +
    "Close Crescent Row Walk Loop Alley N S E W NE NW SE SW North South East West Apt Apartment Unit Suite Ste Floor Fl P O Box PO " +
    "Hospital Medical Center Centre Clinic Nursing Home Rehabilitation Health Assisted Living Hospice Infirmary Manor Elementary High School " +
    "General Regional Memorial Community University County City Town Port Mount Mt Fort Ft Ste Lake Falls Springs Beach Heights San Santa Los Las New Saint"
  ).split(" "),
);
const suffixes = ["ton", "ville", "field", "burg", "ford", "ham", "wood", "stead"];

/** A town, street or institution by another name, a house or post code by another number. */
export function surrogatePlace(place: string, choice: KeyedChoice): string {
  if (/^\d{5}(?:-\d{4})?$/u.test(place)) return surrogatePostCode(place, choice);
  const changed = place.replaceAll(/[\p{L}\d]*\d[\p{L}\d]*|\p{L}[\p{L}\p{M}'’]*/gu, (word) => {
    if (/\d/u.test(word)) return surrogateHouse(word, choice);
    return kinds.has(word) || /^\p{Ll}/u.test(word) ? word : surrogateWord(word, choice);
  });
  return changed === place ? surrogateWord(place, choice) : changed;
}

function surrogateWord(word: string, choice: KeyedChoice): string {
  const [, value, possessive] = /^(.*?)(['’]s)?$/su.exec(word)!;
  return choice.unlike(
    word,
    "place",
    value!.toLowerCase(),
    (numbers) => numbers.one(lastNames) + numbers.one(suffixes) + (possessive ?? ""),
  );
}

/** "742", "4B"; "12th" keeps its ending, and no number begins with 0. */
function surrogateHouse(number: string, choice: KeyedChoice): string {
  const ordinal = /^\d+(?:st|nd|rd|th)$/u.test(number);
  if (ordinal) return choice.unlike(number, "street", number, (numbers) => `${4 + numbers.below(16)}th`);
  return surrogateCode(number, choice).replace(/^0/u, "1");
}

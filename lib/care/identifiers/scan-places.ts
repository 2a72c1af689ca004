import type { Found } from "./identifier.ts";
import type { CapitalisedWord } from "./tokens.ts";
import { known, stateAbbreviations, stateNames } from "./word-lists.ts";

/** Degrees, words and units besides: states only with a post code, or after a word of place. */
const ambiguousStates = /^(?:MD|PA|ID|OR|IN|ME|OK|HI|CO|LA|DE|MA|AL|MS|MT|VA|NE|DC|CT|MI|MO)$/u;

const capital = String.raw`(?:(?:St|Ste|Ft|Mt)\.|\p{Lu}[\p{L}'’-]*)`;
const city = String.raw`${capital}(?: (?:of|on|upon|the|la|de|del) ${capital}| ${capital}){0,2}`;
const cityHere = new RegExp(city, "uy");
const cityBefore = new RegExp(String.raw`(?<![\p{L}.])(?<place>${city})(?<comma>,? ?)$`, "u");
const wordOfPlace = /\b(?:in|from|to|of|near|at|address|city)[ \t:]+$/iu;
const state = new RegExp(String.raw`(?:${stateAbbreviations}|${stateNames})(?![\p{L}])`, "uy");
const codeAfter = /\.?,? ?(?<code>\d{5}(?:-\d{4})?)(?![\d-])/uy;

const street =
  "Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln|Boulevard|Blvd|Court|Ct|Place|Pl|Terrace|Ter|Way|Circle|Cir|Parkway|Pkwy|Highway|Hwy|Square|Sq|Trail|Trl|Close|Crescent|Row|Walk|Loop|Alley";
/** House number and street, with a flat. */
const address = new RegExp(
  String.raw`\d{1,6}[A-Z]?(?: (?:N|S|E|W|North|South|East|West|NE|NW|SE|SW)\.?)? (?:\d{1,3}(?:st|nd|rd|th)|${capital}(?: ${capital}){0,2}) (?:${street})\b(?:\.?,? (?:Apt|Apartment|Unit|Suite|Ste|Floor|Fl|#)\.? ?#?[\w-]{1,6})?`,
  "uy",
);
const boxBefore = /\bP\.? ?O\.? Box $/u;
const codeLabel = /\b(?:zip(?: ?code)?|post(?:al)? ?code)[ :#]{1,3}$/iu;
const postCode = /\d{5}(?:-\d{4})?(?![\w-])|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?![\w-])/uy;

const cityLabel = /\b(?:City|Town|Birthplace|Place of birth|County)[ \t]*[:=][ \t]*$/u;
/** Where somebody lives, comes from or was taken. */
const lived =
  /\b(?:lives?|lived|living|resides|resided|residing|resident|grew up|raised|born|moved|relocated|travels|travell?ed|travell?ing|vacation(?:ed|ing)?|returned|transferred|flew|native|home|house|apartment|works?|worked|farm|cabin) (?:alone |with \w+ \w+ |recently |back )?(?:in|from|to|of|near|outside) (?:downtown |rural |suburban |the (?:city|town|village) of )?$/iu;
const prepositions = new Set("in from to of near outside downtown rural suburban".split(" "));
const lastLetters = new Set([...prepositions].map((word) => word.charCodeAt(word.length - 1)));

const institution = new RegExp(
  String.raw`(?<place>${capital}(?:['’]s)?(?: (?:of|and|&|the) ${capital}| ${capital}){0,5})$`,
  "u",
);
const institutionKind =
  /(?:Hospital|Medical Cent(?:er|re)|Clinic|Nursing Home|Rehabilitation Cent(?:er|re)|Health Cent(?:er|re)|Assisted Living|Hospice|Infirmary|Manor|Elementary|High School)$/u;

/** Words that begin such a phrase without being a part of the name. */
const leading =
  /^(?:Dr\.?|Mr\.?|Mrs\.?|Ms\.?|Miss|The|This|That|Our|Your|At|In|From|To|Of|And|A|An|Primary|Local|Outside|Community|Emergency|Outpatient|Inpatient|Same|Follow|Seen|Admitted|Transferred|Department|Division|He|She|They|We|Patient|Pain|Cancer|Heart|Eye|Dental|Walk|Urgent|Memory|Diabetes|Wound|Surgery|Surgical|Pediatric|Cardiology|Neurology|Oncology|Dermatology|Psychiatry|Orthopedic|Rehab|Rehabilitation|Medical|General|University|Teaching|District|Regional|State|National|Private|Public|Referring|Hospital|Clinic)$/u;

/** Geographic subdivisions smaller than a state, and institutions that stand in one place. */
export function scanPlaces(
  text: string,
  words: readonly CapitalisedWord[],
  numbers: readonly number[],
  found: Found,
): void {
  for (const number of numbers) scanNumber(text, number, found);
  for (const word of words) {
    if ((word.known & known.state) !== 0) scanState(text, word, found);
    if ((word.known & known.institution) !== 0) scanInstitution(text, word, found);
    if (word.text === "County") scanCounty(text, word, found);
    const previous = text.charCodeAt(word.start - 1);
    if (previous === 32 && isAfterPreposition(text, word.start - 1)) {
      if (lived.test(text.slice(Math.max(0, word.start - 64), word.start))) scanHome(text, word, found);
    } else if (isAfterLabel(text, word.start)) {
      if (cityLabel.test(text.slice(Math.max(0, word.start - 24), word.start))) scanHome(text, word, found);
    }
  }
}

/** @param space after the word that may be one */
function isAfterPreposition(text: string, space: number): boolean {
  let start = space;
  let code = text.charCodeAt(start - 1);
  if (!lastLetters.has(code)) return false;
  while (code >= 97 && code <= 122 && space - start < 9) code = text.charCodeAt(--start - 1);
  return code === 32 && space - start > 1 && prepositions.has(text.slice(start, space));
}

function isAfterLabel(text: string, start: number): boolean {
  let at = start - 1;
  while (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9) at--;
  const code = text.charCodeAt(at);
  return code === 58 || code === 61;
}

function scanNumber(text: string, number: number, found: Found): void {
  const length = addressAt(text, number);
  if (length > 0) return found("place", number, number + length);
  const previous = text.charCodeAt(number - 1);
  if (previous !== 32 && previous !== 58 && previous !== 35) return;
  const letter = text.charCodeAt(number - 2) | 32;
  const isBox = letter === 120;
  // "zip", "code" and what may stand after them.
  if (!isBox && letter !== 112 && letter !== 101 && letter !== 58 && letter !== 35 && letter !== 32) return;
  const before = text.slice(Math.max(0, number - 16), number);
  const box = isBox ? boxBefore.exec(before) : null;
  if (box !== null) {
    const digits = /^\d{1,7}/u.exec(text.slice(number, number + 8))?.[0] ?? "";
    return found("place", number - box[0].length, number + digits.length);
  }
  if (!codeLabel.test(before)) return;
  postCode.lastIndex = number;
  const code = postCode.exec(text);
  if (code !== null) found("place", number, number + code[0].length);
}

/** Length of the address that begins with a house number here, 0 where none does. */
function addressAt(text: string, number: number): number {
  let end = number;
  while (isDigit(text.charCodeAt(end))) end++;
  if (end === number || end - number > 6 || text.charCodeAt(number - 1) === 46) return 0;
  if (isLarge(text.charCodeAt(end))) end++;
  const next = text.charCodeAt(end + 1);
  if (text.charCodeAt(end) !== 32 || (next < 128 && !isDigit(next) && !isLarge(next))) return 0;
  address.lastIndex = number;
  return address.exec(text)?.[0].length ?? 0;
}

/** City, state, post code: the state may be told, city and code may not. */
function scanState(text: string, word: CapitalisedWord, found: Found): void {
  state.lastIndex = word.start;
  const name = state.exec(text)?.[0];
  if (name === undefined) return;
  codeAfter.lastIndex = word.start + name.length;
  const code = codeAfter.exec(text);
  if (code !== null) {
    const { code: digits } = code.groups!;
    const end = code.index + code[0].length;
    found("place", end - digits!.length, end);
  }
  const before = cityBefore.exec(text.slice(Math.max(0, word.start - 64), word.start));
  if (before === null) return;
  const { place, comma } = before.groups!;
  // "Wei Washington" is a person, "Ann Lee, MD" a doctor.
  const isBare = !comma!.startsWith(",");
  if (isBare && (comma === "" || name.length === 2)) return;
  const start = word.start - before[0].length;
  const isUnsure = code === null && (isBare || ambiguousStates.test(name));
  if (isUnsure && !wordOfPlace.test(text.slice(Math.max(0, start - 12), start))) return;
  addPlace(start, place!, false, found);
}

function scanInstitution(text: string, word: CapitalisedWord, found: Found): void {
  const before = text.slice(Math.max(0, word.start - 80), word.end);
  if (!institutionKind.test(before)) return;
  const match = institution.exec(before);
  if (match !== null) addPlace(word.end - match[0].length, match.groups!["place"]!, true, found);
}

function scanCounty(text: string, word: CapitalisedWord, found: Found): void {
  const match = cityBefore.exec(text.slice(Math.max(0, word.start - 40), word.start));
  if (match !== null && match.groups!["comma"] === " ")
    addPlace(word.start - match[0].length, match.groups!["place"]!, false, found);
}

function scanHome(text: string, word: CapitalisedWord, found: Found): void {
  cityHere.lastIndex = word.start;
  const place = cityHere.exec(text)?.[0];
  if (place === undefined || noHome.test(place) || stateAlone.test(place)) return;
  addPlace(word.start, place, false, found);
}

const stateAlone = new RegExp(`^(?:${stateNames})$`, "u");
const noHome =
  /^(?:The|A|An|I|He|She|His|Her|Dr|Mr|Mrs|Ms|Doctor|January|February|March|April|May|June|July|August|September|October|November|December|Spring|Summer|Autumn|Fall|Winter|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Emergency|ICU|ED|OR|ER|PACU)\b/u;

function addPlace(start: number, place: string, isInstitution: boolean, found: Found): void {
  let rest = place;
  for (;;) {
    const word = /^[^ ]+/u.exec(rest)?.[0] ?? "";
    if (!leading.test(word)) break;
    rest = rest.slice(word.length).trimStart();
  }
  // An institution that is left with its kind alone is none.
  if (rest === "" || (isInstitution && kindAlone.test(rest))) return;
  const from = start + place.length - rest.length;
  found("place", from, from + rest.replace(/['’-]+$/u, "").length);
}

const kindAlone =
  /^(?:Hospital|(?:Medical |Health |Rehabilitation )?Cent(?:er|re)|Clinic|Nursing Home|Assisted Living|Living|Hospice|Infirmary|Manor|Home|High School|School|Elementary)$/u;

function isLarge(code: number): boolean {
  return code >= 65 && code <= 90;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

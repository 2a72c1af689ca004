import { endOfDigits, isAt, isDigit, isLarge, lengthAt } from "./characters.ts";
import type { Found } from "./identifier.ts";
import { link } from "./links.ts";
import type { CapitalisedWord, Tokens } from "./tokens.ts";
import { known, stateAbbreviations, stateNames } from "./word-lists.ts";

/** Degrees, words and units besides: states only with a post code, or after a word of place. */
const ambiguousStates = /^(?:MD|PA|ID|OR|IN|ME|OK|HI|CO|LA|DE|MA|AL|MS|MT|VA|NE|DC|CT|MI|MO)$/u;

const capital = String.raw`(?:(?:St|Ste|Ft|Mt)\.|\p{Lu}[\p{L}'’-]*)`;
const city = String.raw`${capital}(?: (?:of|on|upon|the|la|de|del) ${capital}| ${capital}){0,2}`;
const cityHere = new RegExp(city, "uy");
const cityBefore = new RegExp(String.raw`(?<=(?<![\p{L}.])(?<place>${city})(?<comma>,? ?))`, "uy");
const wordOfPlace = /(?<=\b(?:in|from|to|of|near|at|address|city)[ \t:]+)/iuy;
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
const codeLabel = /(?<=\b(?:zip(?: ?code)?|post(?:al)? ?code)[ :#]{1,3})/iuy;
const postCode = /\d{5}(?:-\d{4})?(?![\w-])|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?![\w-])/uy;

const cityLabel = /(?<=\b(?:City|Town|Birthplace|Place of birth|County)[ \t]*[:=][ \t]*)/uy;
/** Where somebody lives, comes from or was taken. */
const lived =
  /(?<=\b(?:lives?|lived|living|resides|resided|residing|resident|grew up|raised|born|moved|relocated|travels|travell?ed|travell?ing|vacation(?:ed|ing)?|returned|transferred|flew|native|home|house|apartment|works?|worked|farm|cabin) (?:alone |with \w+ \w+ |recently |back )?(?-i:in|from|to|of|near|outside) (?:downtown |rural |suburban |the (?:city|town|village) of )?)/iuy;

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
export function scanPlaces(text: string, { codes, words, numbers }: Tokens, found: Found): void {
  for (const number of numbers) scanNumber(text, codes, number, found);
  for (const word of words) {
    if ((word.known & known.state) !== 0) scanState(text, word, found);
    if ((word.known & known.institution) !== 0) scanInstitution(text, word, found);
    if (word.text === "County") scanCounty(text, word, found);
    const isHome =
      ((word.before & link.place) !== 0 && isAt(lived, text, word.start)) ||
      ((word.before & link.label) !== 0 && isAt(cityLabel, text, word.start));
    if (isHome) scanHome(text, word, found);
  }
}

function scanNumber(text: string, codes: Uint16Array, number: number, found: Found): void {
  const length = addressAt(text, codes, number);
  if (length > 0) return found("place", number, number + length);
  const previous = codes[number - 1]!;
  if (previous !== 32 && previous !== 58 && previous !== 35) return;
  let end = number - 1;
  while (number - end < 4 && isGap(codes[end - 1]!)) end--;
  // Of "box", "zip" and "code".
  const letter = codes[end - 1]! | 32;
  const isBox = letter === 120;
  if (!isBox && letter !== 112 && letter !== 101) return;
  const box = isBox ? boxBefore.exec(text.slice(Math.max(0, number - 16), number)) : null;
  if (box !== null)
    return found("place", number - box[0].length, number + lengthAt(/\d{1,7}/uy, text, number));
  if (!isAt(codeLabel, text, number)) return;
  const code = lengthAt(postCode, text, number);
  if (code > 0) found("place", number, number + code);
}

/** Between "zip code" and a code. */
function isGap(code: number): boolean {
  return code === 32 || code === 35 || code === 58;
}

/** Length of the address that begins with a house number here, 0 where none does. */
function addressAt(text: string, codes: Uint16Array, number: number): number {
  let end = endOfDigits(codes, number);
  if (end === number || end - number > 6 || codes[number - 1] === 46) return 0;
  if (isLarge(codes[end]!)) end++;
  const next = codes[end + 1]!;
  if (codes[end] !== 32 || !(next >= 128 || isDigit(next) || isLarge(next))) return 0;
  return lengthAt(address, text, number);
}

/** City, state, post code: the state may be told, city and code may not. */
function scanState(text: string, word: CapitalisedWord, found: Found): void {
  const name = text.slice(word.start, word.start + lengthAt(state, text, word.start));
  if (name === "") return;
  codeAfter.lastIndex = word.start + name.length;
  const code = codeAfter.exec(text);
  if (code !== null) {
    const { code: digits } = code.groups!;
    const end = code.index + code[0].length;
    found("place", end - digits!.length, end);
  }
  cityBefore.lastIndex = word.start;
  const before = cityBefore.exec(text);
  if (before === null) return;
  const { place, comma } = before.groups!;
  // "Wei Washington" is a person, "Ann Lee, MD" a doctor.
  const isBare = !comma!.startsWith(",");
  if (isBare && (comma === "" || name.length === 2)) return;
  const start = word.start - comma!.length - place!.length;
  const isUnsure = code === null && (isBare || ambiguousStates.test(name));
  if (isUnsure && !isAt(wordOfPlace, text, start)) return;
  addPlace(start, place!, false, found);
}

function scanInstitution(text: string, word: CapitalisedWord, found: Found): void {
  const before = text.slice(Math.max(0, word.start - 80), word.end);
  if (!institutionKind.test(before)) return;
  const match = institution.exec(before);
  if (match !== null) addPlace(word.end - match[0].length, match.groups!["place"]!, true, found);
}

function scanCounty(text: string, word: CapitalisedWord, found: Found): void {
  cityBefore.lastIndex = word.start;
  const match = cityBefore.exec(text);
  if (match !== null && match.groups!["comma"] === " ")
    addPlace(word.start - 1 - match.groups!["place"]!.length, match.groups!["place"]!, false, found);
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

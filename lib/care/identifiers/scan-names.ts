import type { Found } from "./identifier.ts";
import { isFirstName, isName, mayBeFirstName } from "./known-names.ts";
import { afterEponym, eponymNames, notNames } from "./not-names.ts";
import type { CapitalisedWord } from "./tokens.ts";

/** Between the words of one name: a space, an initial, a particle. */
const within =
  /^(?:[ \t]+(?:\p{Lu}\.?[ \t]+){0,2}(?:(?:van|von|de|del|der|den|la|da|dos|di|bin|ibn|al|el|ter|St\.)[ \t-]+){0,3}|[ \t]+["“(]\p{Lu}\p{Ll}+["”)][ \t]+)$/u;

const titleBefore =
  /(?:\b(?:Drs?|Mr|Mrs|Ms|Mx|Miss|Prof|Professor|Doctor|Nurse|Sister|Rev|Reverend|Father|Rabbi|Imam|Judge|Officer|Sgt|Capt|Hon)\.?|\b(?:DR|MR|MRS|MS)\.?)[ \t]+(?:\p{Lu}\.?[ \t]*){0,2}(?:(?:van|von|de|del|der|la|da)[ \t]+){0,2}$/u;

const labelBefore =
  /(?:^|[\n|;,.(]|\t)[ \t*#>-]*(?:(?:patient|pt|full|first|last|given|family|maiden|middle|member|guarantor|subscriber|mother|father|spouse|guardian|contact|emergency contact|next of kin|provider|physician|doctor|attending(?: physician)?|referring(?: physician| provider| doctor)?|ordering(?: physician| provider)?|primary care(?: physician| provider)?|surgeon|assistant|anesthesiologist|nurse|author|resident|interpreter|caregiver|pharmacist|therapist|social worker|radiologist|pathologist|consultant|pcp|cc|to|from|re|name|signed(?: by)?|electronically signed by|dictated by|transcribed by|reviewed by|reported by|verified by|seen by|collected by|performed by|attested by|entered by|prepared by|cosigned by|witness(?:ed by)?)(?:['’]s)?(?: name)?)[ \t]*[:=|]+[ \t]*$/iu;

const wordsBefore =
  /\b(?:named|called|name is|i am|i'm|this is|by|with|to|from|and|wife|husband|son|daughter|mother|father|brother|sister|partner|friend|neighbou?r|uncle|aunt|cousin|grand(?:son|daughter|mother|father)|girlfriend|boyfriend|fianc[eé]e?|spouse|caregiver|roommate|patient|dear|hello|hi|thanks?,?|regards,|sincerely,|contact)[,:]?[ \t]+$/iu;

const kinBefore =
  /\b(?:named|called|name is|wife|husband|son|daughter|mother|father|brother|sister|partner|friend|neighbou?r|uncle|aunt|cousin|niece|nephew|grand(?:son|daughter|mother|father)|girlfriend|boyfriend|fianc[eé]e?|spouse|roommate|dear|hello|hi)[,:]?[ \t]+$/iu;

/** Before a name that no list holds: whom one introduces, greets, thanks or writes a note for. */
const introducedBefore =
  /(?:\b(?:this is|my name is|name is|named|i am|i'm|dear|hello|hi|(?:check|visit|note|letter|report|summary|record|chart|appointment|referral|results?) (?:for|of|on)|spoke (?:with|to)|discussed with|bedside:)|(?:^|\n|[.!?] )(?:many )?(?:thanks|thank you|regards|best|sincerely|yours|cheers|love),?)[ \t\n]+$/iu;

/** After one: kin in brackets, a number or date of a person. */
const introducedAfter =
  /^,?[ \t]*(?:\((?:(?:the )?(?:pt|patient)['’]s )?(?:daughter|son|wife|husband|mother|father|sister|brother|spouse|partner|friend|niece|nephew|guardian|caregiver|neighbou?r|aunt|uncle|cousin|self|she|he|they)\b|,?[ \t]*(?:MRN|DOB|SSN|phone|tel|born)\b)/iu;

/** What only a person does at the bedside. */
const bedsideAfter =
  /^ (?:resting|sleeping|ambulating|sitting|awake|alert|denies|complains|tolerating|refused|vomited|voided|ate|slept)\b/u;

const personAfter =
  /^(?:,?[ \t]+(?:MD|M\.D\.|DO|D\.O\.|RN|R\.N\.|NP|PA|PA-C|PhD|Ph\.D\.|LPN|DDS|PharmD|FACS|MBBS|CRNA|LCSW|DPT|Jr\.?|Sr\.?|III)\b|,?[ \t]+(?:is|was)[ \t]+an?[ \t]+(?:\d|pleasant|very|year|right|left|known|old)|[ \t]+\(?(?:age |aged )?\d{1,3}[ -]?(?:y\/?o|year|yo\b|[MF]\b)|,[ \t]+(?:a|an|age|aged)[ \t]+\d|[ \t]+(?:presents|presented|reports|reported|denies|denied|states|stated|complains|complained|lives|lived|works|worked|called|phoned|feels|felt|says|said|admits|endorses|returns|returned|underwent|tolerated|agreed|agrees|understands|understood|consented|has been|had been|will follow|was (?:seen|admitted|discharged|brought|taken|transferred|found|evaluated|referred|born|started|given|examined|accompanied|informed|counsell?ed|contacted|notified|present))\b)/u;

const organisationAfter =
  /^[ \t]+(?:Hospital|Clinic|Medical|Center|Centre|University|Institute|Health|Healthcare|School|College|Foundation|Laboratories|Laboratory|Labs|Pharmaceuticals?|Inc|Corp|Ltd|LLC|Street|St\.|Avenue|Ave|Road|Rd|Drive|Dr\.|Lane|Boulevard|Blvd|County|Hall|House|Home|Manor|Village|Nursing|Rehabilitation|Pharmacy|Memorial|General|Regional|Children)\b/u;

/**
 * Names of people: by a title, a label or kin before them, by a credential or a verb of persons after them, by a first
 * name of the lists with another capitalised word, in either order; then every later mention of a part of them.
 */
export function scanNames(text: string, words: readonly CapitalisedWord[], found: Found): void {
  const parts = new Set<string>();
  const claimed = new Set<number>();
  const claim = (first: number, last: number): void => {
    found("name", words[first]!.start, words[last]!.end + trailingInitial(text, words[last]!.end));
    for (let index = first; index <= last; index++) {
      claimed.add(index);
      const { name } = words[index]!;
      if (name.length >= 3 && !notNames.has(name)) parts.add(name);
    }
  };
  for (let index = 0; index < words.length; index++) {
    const last = nameFrom(text, words, index);
    if (last === undefined) continue;
    claim(index, last);
    index = last;
  }
  // A part of a name that was found is one wherever it stands, unless a disease bears it or it is a word as well.
  for (const part of parts) if (!isName(part) && isWordOf(text, part.toLowerCase())) parts.delete(part);
  for (const [index, word] of words.entries()) {
    if (claimed.has(index) || !parts.has(word.name)) continue;
    if (eponymNames.has(word.name) && afterEponym.test(text.slice(word.end, word.end + 40))) continue;
    if (organisationAfter.test(text.slice(word.end, word.end + 24))) continue;
    found("name", word.start, word.end);
  }
}

/** "Okafor, Maria J." */
function trailingInitial(text: string, end: number): number {
  return /^ \p{Lu}(?:\.|(?![\p{L}\p{N}'’.-]))/u.exec(text.slice(end, end + 4))?.[0].length ?? 0;
}

/** The last word of the name that begins with a word; undefined where none does. */
function nameFrom(text: string, words: readonly CapitalisedWord[], index: number): number | undefined {
  const word = words[index]!;
  const isWord = notNames.has(word.name);
  const previous = wordBefore(text, word.start);
  const isAfterTitle = titleWords.has(previous) || (previous.length === 1 && previous >= "a");
  const isAfterSign = signs.has(previous);
  if (isWord && !isAfterTitle && !isAfterSign && !mayBeFirstName(word.name)) return undefined;
  const before = isAfterTitle || isAfterSign ? text.slice(Math.max(0, word.start - 64), word.start) : "";
  if (isAfterTitle && titleBefore.test(before)) {
    if (isWord && !isName(word.name)) return undefined;
    return endOfName(text, words, index, true);
  }
  if (isOrganisation(text, words, index)) return undefined;
  if ((!isWord || mayBeFirstName(word.name)) && previous === ":" && labelBefore.test(before)) {
    const end = endOfName(text, words, index, true);
    const comma = commaName(text, words, index, true);
    // In a dialogue "Patient: Okay, ..." is no field of a form.
    const isField = /^[ \t]*(?:$|[\n\t|(;]| {2})/u.test(text.slice(words[end]!.end, words[end]!.end + 8));
    if (comma !== undefined || end > index || (isField && !isWord)) return comma ?? end;
  }
  if (
    kinWords.has(previous) &&
    kinBefore.test(before) &&
    (isWord ? mayBeFirstName(word.name) : isCapitalisedName(word))
  )
    return endOfName(text, words, index, true);
  if (
    isWord &&
    !isFirstName(word.name) &&
    !(mayBeFirstName(word.name) && endOfName(text, words, index, true) > index)
  )
    return undefined;
  if (eponymNames.has(word.name) && afterEponym.test(text.slice(word.end, word.end + 40))) return undefined;
  const comma = commaName(text, words, index);
  if (comma !== undefined && (isFirstName(words[comma]!.name) || isFirstName(words[index + 1]!.name)))
    return comma;
  const end = endOfName(text, words, index, isFirstName(word.name));
  const length = end - index + 1;
  if (length >= 2 && isFirstName(word.name)) return end;
  const after = text.slice(words[end]!.end, words[end]!.end + 40);
  if (personAfter.test(after) && (length >= 2 || isName(word.name))) return end;
  const isMixed = word.text === word.name;
  if (isMixed && (introducedBefore.test(before) || introducedAfter.test(after) || bedsideAfter.test(after)))
    return end;
  if (length >= 2 && mayBeFirstName(word.name) && wordsBefore.test(before)) return end;
  return undefined;
}

const titleWords = new Set(
  "dr drs mr mrs ms mx miss prof professor doctor nurse sister rev reverend father rabbi imam judge officer sgt capt hon van von de der del la da".split(
    " ",
  ),
);

const kinWords = new Set(
  (
    ": , named called is wife husband son daughter sister mother father brother partner friend neighbor neighbour uncle aunt cousin niece nephew " +
    "grandson granddaughter grandmother grandfather girlfriend boyfriend fiance fiancee fiancé fiancée spouse roommate dear hello hi"
  ).split(" "),
);

/** What may stand right before a name and say that it is one: most capitalised words have none of these. */
const signs = new Set(
  (
    ": , dos di bin ibn al el ter named called is am i'm this by with to from and wife husband son daughter sister mother father brother " +
    "partner friend neighbor neighbour uncle aunt cousin niece nephew grandson granddaughter grandmother grandfather girlfriend boyfriend fiance fiancee " +
    "fiancé fiancée spouse caregiver roommate patient dear hello hi thanks thank you regards best sincerely yours cheers love contact for of on"
  ).split(" "),
);

/** The word right before a place, in small letters; ":" for what ends a label, "," for a comma or line's end. */
function wordBefore(text: string, at: number): string {
  let end = at;
  let code = text.charCodeAt(end - 1);
  while (code === 32 || code === 9) code = text.charCodeAt(--end - 1);
  if (code === 46) code = text.charCodeAt(--end - 1);
  if (code === 58 || code === 61 || code === 124) return ":";
  if (code === 44 || code === 10 || code === 13) return ",";
  let start = end;
  while (end - start < 16 && (isSmall(code) || (code >= 65 && code <= 90)))
    code = text.charCodeAt(--start - 1);
  return text.slice(start, end).toLowerCase();
}

function isSmall(code: number): boolean {
  return (code >= 97 && code <= 122) || code === 39 || code === 0xe9;
}

/** A word of capitals alone is an abbreviation more often than a name. */
function isCapitalisedName(word: CapitalisedWord): boolean {
  return word.text === word.name ? !notNames.has(word.name) : isName(word.name);
}

/** How far a name goes: words that no list of other words has, close to each other, four at most. */
function endOfName(text: string, words: readonly CapitalisedWord[], first: number, isSure: boolean): number {
  let last = first;
  while (last + 1 < words.length && last - first < 3) {
    const next = words[last + 1]!;
    const gap = text.slice(words[last]!.end, next.start);
    if (!within.test(gap)) break;
    if (notNames.has(next.name) || (!isSure && !isName(next.name) && notNames.has(words[first]!.name))) break;
    // An abbreviation after a name: a degree, a unit.
    if (next.text !== next.name && words[first]!.text === words[first]!.name) break;
    last++;
  }
  return last;
}

/** "Okafor, Maria J": the last word of the two. */
function commaName(
  text: string,
  words: readonly CapitalisedWord[],
  index: number,
  isLabelled = false,
): number | undefined {
  const next = words[index + 1];
  if (next === undefined || notNames.has(words[index]!.name)) return undefined;
  if (notNames.has(next.name) && !(isLabelled && mayBeFirstName(next.name))) return undefined;
  const gap = text.slice(words[index]!.end, next.start);
  if (!/^,[ \t]{0,2}$/u.test(gap)) return undefined;
  if (next.text !== next.name && words[index]!.text === words[index]!.name) return undefined;
  return endOfName(text, words, index + 1, true);
}

function isOrganisation(text: string, words: readonly CapitalisedWord[], index: number): boolean {
  for (let last = index; last < words.length && last - index < 3; last++) {
    const next = words[last + 1];
    if (next === undefined || next.start - words[last]!.end > 3) return false;
    if (organisationAfter.test(text.slice(words[last]!.end, next.end + 1))) return true;
  }
  return false;
}

/** Whether the text has it as a word in small letters. */
function isWordOf(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isLetterAt(text, at - 1) && !isLetterAt(text, at + word.length)) return true;
  }
  return false;
}

function isLetterAt(text: string, at: number): boolean {
  return /[\p{L}@.\d_]/u.test(text.charAt(at)) && text.charAt(at) !== "";
}

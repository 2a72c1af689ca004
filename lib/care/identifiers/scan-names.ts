import { isAt, isLarge, isSmall, lengthAt } from "./characters.ts";
import type { Found } from "./identifier.ts";
import { link } from "./links.ts";
import { afterEponym } from "./not-names.ts";
import type { CapitalisedWord } from "./tokens.ts";
import { known } from "./word-lists.ts";

/** Between the words of one name: a space, initials, particles. */
const within =
  /^(?:[ \t]+(?:\p{Lu}\.?[ \t]+){0,2}(?:(?:van|von|de|del|der|den|la|da|dos|di|bin|ibn|al|el|ter|St\.)[ \t-]+){0,3}|[ \t]+["“(]\p{Lu}\p{Ll}+["”)][ \t]+)$/u;

const longestWithin = 40;

const titleBefore =
  /(?<=(?:\b(?:Drs?|Mr|Mrs|Ms|Mx|Miss|Prof|Professor|Doctor|Nurse|Sister|Rev|Reverend|Father|Rabbi|Imam|Judge|Officer|Sgt|Capt|Hon)\.?|\b(?:DR|MR|MRS|MS)\.?)[ \t]+(?:\p{Lu}\.?[ \t]*){0,2}(?:(?:van|von|de|del|der|la|da)[ \t]+){0,2})/uy;

const labelBefore =
  /(?<=(?:^|[\n|;,.(]|\t)[ \t*#>-]*(?:(?:patient|pt|full|first|last|given|family|maiden|middle|member|guarantor|subscriber|mother|father|spouse|guardian|contact|emergency contact|next of kin|provider|physician|doctor|attending(?: physician)?|referring(?: physician| provider| doctor)?|ordering(?: physician| provider)?|primary care(?: physician| provider)?|surgeon|assistant|anesthesiologist|nurse|author|resident|interpreter|caregiver|pharmacist|therapist|social worker|radiologist|pathologist|consultant|pcp|cc|to|from|re|name|signed(?: by)?|electronically signed by|dictated by|transcribed by|reviewed by|reported by|verified by|seen by|collected by|performed by|attested by|entered by|prepared by|cosigned by|witness(?:ed by)?)(?:['’]s)?(?: name)?)[ \t]*[:=|]+[ \t]*)/iuy;

const wordsBefore =
  /(?<=\b(?:named|called|name is|i am|i'm|this is|by|with|to|from|and|wife|husband|son|daughter|mother|father|brother|sister|partner|friend|neighbou?r|uncle|aunt|cousin|grand(?:son|daughter|mother|father)|girlfriend|boyfriend|fianc[eé]e?|spouse|caregiver|roommate|patient|dear|hello|hi|thanks?,?|regards,|sincerely,|contact)[,:]?[ \t]+)/iuy;

const kinBefore =
  /(?<=\b(?:named|called|name is|wife|husband|son|daughter|mother|father|brother|sister|partner|friend|neighbou?r|uncle|aunt|cousin|niece|nephew|grand(?:son|daughter|mother|father)|girlfriend|boyfriend|fianc[eé]e?|spouse|roommate|dear|hello|hi)[,:]?[ \t]+)/iuy;

/** Before a name that no list holds: whom one introduces, greets, thanks or writes a note for. */
const introducedBefore =
  /(?<=(?:\b(?:this is|my name is|name is|named|i am|i'm|dear|hello|hi|hey|(?:check|visit|note|letter|report|summary|record|chart|appointment|referral|results?) (?:for|of|on)|spoke (?:with|to)|discussed with|bedside:)|(?:^|\n|[.!?] )(?:many )?(?:thanks|thank you|regards|best|sincerely|yours|cheers|love),?)[ \t\n]+)/iuy;

/** To whom one speaks: "how are you, Mary?". */
const voiceBefore =
  /(?<=\b(?:you|morning|afternoon|evening|okay|ok|yes|no|well|thanks|thank you|bye|sorry|right|alright|sure|yeah|please|welcome|care), )/iuy;

/** After one: kin in brackets, a number or date of a person. */
const introducedAfter =
  /,?[ \t]*(?:\((?:(?:the )?(?:pt|patient)['’]s )?(?:daughter|son|wife|husband|mother|father|sister|brother|spouse|partner|friend|niece|nephew|guardian|caregiver|neighbou?r|aunt|uncle|cousin|self|she|he|they)\b|,?[ \t]*(?:MRN|DOB|SSN|phone|tel|born)\b)/iuy;

/** First letters of a person's number, date or phone in small letters. */
const introducing = new Set([..."mdsptb"].map((letter) => letter.charCodeAt(0)));

/** What only a person does at the bedside. */
const bedsideAfter =
  / (?:resting|sleeping|ambulating|sitting|awake|alert|denies|complains|tolerating|refused|vomited|voided|ate|slept)\b/uy;

const personAfter =
  /(?:,?[ \t]+(?:MD|M\.D\.|DO|D\.O\.|RN|R\.N\.|NP|PA|PA-C|PhD|Ph\.D\.|LPN|DDS|PharmD|FACS|MBBS|CRNA|LCSW|DPT|Jr\.?|Sr\.?|III)\b|,?[ \t]+(?:is|was)[ \t]+an?[ \t]+(?:\d|pleasant|very|year|right|left|known|old)|[ \t]+\(?(?:age |aged )?\d{1,3}[ -]?(?:y\/?o|year|yo\b|[MF]\b)|,[ \t]+(?:a|an|age|aged)[ \t]+\d|[ \t]+(?:presents|presented|reports|reported|denies|denied|states|stated|complains|complained|lives|lived|works|worked|called|phoned|feels|felt|says|said|admits|endorses|returns|returned|underwent|tolerated|agreed|agrees|understands|understood|consented|has been|had been|will follow|was (?:seen|admitted|discharged|brought|taken|transferred|found|evaluated|referred|born|started|given|examined|accompanied|informed|counsell?ed|contacted|notified|present))\b)/uy;

/** Nothing else stands in a field of a form. */
const endOfField = /[ \t]*(?:$|[\n\t|(;]| {2})/uy;

/**
 * Names of people: by a title, a label or kin before them, by a credential or a verb of persons after them, by a first
 * name of the lists with another capitalised word, in either order; then every later mention of a part of them.
 */
export function scanNames(text: string, words: readonly CapitalisedWord[], found: Found): void {
  const parts = new Map<string, CapitalisedWord>();
  const claimed = new Uint8Array(words.length);
  let initials = 0;
  for (let index = 0; index < words.length; index++) {
    const last = nameFrom(text, words, index);
    if (last === undefined) continue;
    const { end } = words[last]!;
    found("name", words[index]!.start, end + trailingInitial(text, end));
    for (; index <= last; index++) {
      claimed[index] = 1;
      const word = words[index]!;
      if (word.name.length < 3 || isA(word, known.notName)) continue;
      parts.set(word.name, word);
      initials |= initialOf(word);
    }
    index = last;
  }
  if (parts.size === 0) return;
  // A part of a name that was found is one wherever it stands, unless a disease bears it or it is a word as well.
  for (const [name, word] of parts)
    if (!isA(word, known.name) && isWordOf(text, name.toLowerCase())) parts.delete(name);
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (claimed[index] === 1 || (initials & initialOf(word)) === 0) continue;
    if (isA(word, known.notName) || !parts.has(word.name)) continue;
    if (isA(word, known.eponym) && isAt(afterEponym, text, word.end)) continue;
    if (isOrganisationAfter(text, word, words[index + 1])) continue;
    found("name", word.start, word.end);
  }
}

/** A bit: most words begin with another letter than any part of a name, and need not be looked up. */
function initialOf({ name }: CapitalisedWord): number {
  return 1 << (name.charCodeAt(0) & 31);
}

function isA({ known: bits }: CapitalisedWord, bit: number): boolean {
  return (bits & bit) !== 0;
}

const initial = / \p{Lu}(?:\.|(?![\p{L}\p{N}'’.-]))/uy;

/** "Okafor, Maria J." */
function trailingInitial(text: string, end: number): number {
  const mayBe = text.charCodeAt(end) === 32 && !isSmall(text.charCodeAt(end + 1));
  return mayBe ? lengthAt(initial, text, end) : 0;
}

/** The last word of the name that begins with a word; undefined where none does. */
function nameFrom(text: string, words: readonly CapitalisedWord[], index: number): number | undefined {
  const word = words[index]!;
  const isWord = isA(word, known.notName);
  const isName = isA(word, known.name);
  if ((isWord && !isName) || isA(word, known.title)) return undefined;
  const previous = word.before;
  // "Dr. X. The patient": a word after an initial begins a sentence.
  const isNext = isWord && text.charCodeAt(word.start - 2) === 46 && isLarge(text.charCodeAt(word.start - 3));
  if (!isNext && (previous & link.title) !== 0 && isAt(titleBefore, text, word.start))
    return endOfName(text, words, index, true);
  if (isOrganisation(text, words, index)) return undefined;
  if ((previous & link.label) !== 0 && isAt(labelBefore, text, word.start)) {
    const end = endOfName(text, words, index, true);
    const comma = commaName(text, words, index, true);
    // In a dialogue "Patient: Okay, ..." is no field of a form.
    const isField = isAt(endOfField, text, words[end]!.end);
    const isWhole = comma !== undefined || end > index;
    const isPerson = isField || (isWord && isAt(personAfter, text, words[end]!.end));
    if (isWord ? isPerson && isWhole : isField || isWhole) return comma ?? end;
  }
  if ((previous & link.kin) !== 0 && (isWord || isCapitalisedName(word)) && isAt(kinBefore, text, word.start))
    return endOfName(text, words, index, true);
  const isFirst = isA(word, known.firstName);
  if (isWord && !isFirst && endOfName(text, words, index, true) === index) return undefined;
  if (isA(word, known.eponym) && isAt(afterEponym, text, word.end)) return undefined;
  if ((previous & link.voice) !== 0 && isFirst && isAt(voiceBefore, text, word.start))
    return endOfName(text, words, index, true);
  const comma = text.charCodeAt(word.end) === 44 ? commaName(text, words, index) : undefined;
  if (comma !== undefined && (isA(words[comma]!, known.firstName) || isA(words[index + 1]!, known.firstName)))
    return comma;
  const end = endOfName(text, words, index, isFirst);
  if (end > index && isFirst) return end;
  const after = words[end]!.end;
  if ((end > index || isName) && isAt(personAfter, text, after)) return end;
  if (word.text === word.name) {
    const isIntroduced =
      (previous & (link.introduction | link.closing)) !== 0 && isAt(introducedBefore, text, word.start);
    if (isIntroduced) return end;
    const next = text.charCodeAt(after + 1);
    const isSpace = text.charCodeAt(after) === 32;
    if (isSpace && isSmall(next) && isAt(bedsideAfter, text, after)) return end;
    if ((!isSpace || !isSmall(next) || introducing.has(next)) && isAt(introducedAfter, text, after))
      return end;
  }
  if (end > index && isName && (previous & link.word) !== 0 && isAt(wordsBefore, text, word.start))
    return end;
  return undefined;
}

/** A word of capitals alone is an abbreviation more often than a name. */
function isCapitalisedName(word: CapitalisedWord): boolean {
  return word.text === word.name ? !isA(word, known.notName) : isA(word, known.name);
}

/** How far a name goes: words that no list of other words has, close to each other, four at most. */
function endOfName(text: string, words: readonly CapitalisedWord[], first: number, isSure: boolean): number {
  let last = first;
  const isMixed = words[first]!.text === words[first]!.name;
  while (last + 1 < words.length && last - first < 3) {
    const { end } = words[last]!;
    const next = words[last + 1]!;
    if (isA(next, known.notName) || next.start - end > longestWithin) break;
    if (!isSure && !isA(next, known.name) && isA(words[first]!, known.notName)) break;
    // An abbreviation after a name: a degree, a unit.
    if (isMixed && next.text !== next.name) break;
    const isSpace = next.start - end === 1 && text.charCodeAt(end) === 32;
    if (!isSpace && !within.test(text.slice(end, next.start))) break;
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
  const word = words[index]!;
  const next = words[index + 1];
  if (next === undefined || next.start - word.end > 3 || isA(word, known.notName)) return undefined;
  if (isA(next, known.notName) && !(isLabelled && isA(next, known.name))) return undefined;
  if (!/^,[ \t]{0,2}$/u.test(text.slice(word.end, next.start))) return undefined;
  if (next.text !== next.name && word.text === word.name) return undefined;
  return endOfName(text, words, index + 1, true);
}

function isOrganisation(text: string, words: readonly CapitalisedWord[], index: number): boolean {
  for (let last = index; last < words.length && last - index < 3; last++) {
    const next = words[last + 1];
    if (next === undefined || next.start - words[last]!.end > 3) return false;
    if (isOrganisationAfter(text, words[last]!, next)) return true;
  }
  return false;
}

/** "Okafor Clinic": after white space comes a word of organisations or streets; "St" and "Dr" are such with a point. */
function isOrganisationAfter(
  text: string,
  word: CapitalisedWord,
  next: CapitalisedWord | undefined,
): boolean {
  if (
    next === undefined ||
    !isA(next, known.organisation) ||
    !/^[ \t]+$/u.test(text.slice(word.end, next.start))
  )
    return false;
  return next.text.length > 2 || text.charCodeAt(next.end) === 46;
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

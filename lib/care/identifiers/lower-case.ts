import { isAt, isDigit, isSmall } from "./characters.ts";
import { surelyDay } from "./spoken-dates.ts";
import type { Tokens } from "./tokens.ts";
import { known, knownAs, knownIn } from "./word-lists.ts";

/** Fewer capitalised words than one in so many characters: the text was written without them, as by dictation. */
const charactersPerCapital = 150;

/** Whether a text has so few capital letters that names in it have none either. */
export function isInLowerCase({ codes, words }: Tokens): boolean {
  return words.length * charactersPerCapital < codes.length;
}

/** First names that in small letters are words more often. */
const words = new Set(
  (
    "had gene gard even way red carry free land law far cord read man say field saw court urban job else base min minor link win fields town royal rice " +
    "wake car ring von lay fair web port cross bank palm bear wait cash gun pace trace ban wash deny gray noble rock foster hunt boy pet ivory trip ally " +
    "storm bent worthy forest arch aura park der rod bar candy mill brand kit salmon mayor bride bond keen barn mal gram fee row walker shadow hall honey " +
    "camel glory skip tan bran wells natal gates shell des itch del prince deck levy magnum destiny doll hill fidelity bail glad tailor ash chip hasty den " +
    "lock herb sunshine flint axe fancy sandy lion puff mile spike chastity fan nap miller marshal chariot cad mar parry haven yard tore lucky cart shepherd " +
    "windy verge cliff bat boot bee baron hilly maxim booth thorny hardy thatch steward ebony ransom scarlet colas peg dew rocky alley miner dare ware serene " +
    "archer rabbi cookie rusty wade con wolf wit stern cherry caprice sly gardener modesty berry willow tuck woody kitty muffin constancy meta ethyl gunner " +
    "rosy les haze pierce merry abbot abbey cherish mead pat locke washington paddy curry gran vita bald collie candida jock ber chick tally rip guy loan long kind sunny lem mab mel darn vick"
  ).split(" "),
);
/** What may be a last name in a list and is none after a first name. */
const neverNames = new Set(
  "had has even say saw see her him are all any did does was will can else".split(" "),
);
const titles = new Set("dr mr mrs ms miss doctor nurse professor".split(" "));
const beforeMonths = new Set("in since until last next by early late mid of during".split(" "));

const wordsToo = new Set("march may april june august".split(" "));
const apostrophe = 39;

/** Where somebody lives or comes from, and a word that ends what is said of it: "we live in dallas ." */
const livedBefore =
  /(?<=\b(?:live[sd]?|living|reside[sd]?|residing|grew up|raised|born|moved|retired|relocated)(?: here| down| up| over| back)? (?:in|to) )/uy;
const town =
  /(?!(?:this|that|these|those|another|different|here|there|town|downtown|denial|fear|pain|place|hospital|hospice|assisted|adult|nursing|care|board|home|it|one|two|person|general|peace|poverty|isolation|early|late|nineteen|twenty)\b)[a-z]{3,}(?: [a-z]{3,})?(?= ?(?:[.,?!;]|$))/uy;

const streets = new Set("street avenue boulevard lane road drive court".split(" "));
/** "742 evergreen terrace": a house and its street, and no distance or time: "a 20 minute drive". */
const houseBefore =
  /(?<=(?<![\d./] ?)\b\d{1,5} )(?!(?:minute|min|hour|mile|day|week|foot|feet|of|or|to|and|the|a|in|on|at|by|with|per|mg|percent)s?\b)[a-z]{3,}(?: (?!(?:minute|hour|mile|of|or|to|and|the|a|in|on|at|down|his|her|my)s?\b)[a-z]{2,}){0,1} $/u;

/** Writes the words of a street with capitals, back to its house number; false where none has one. */
function writeStreet(text: string, codes: Uint16Array, start: number): boolean {
  const least = Math.max(0, start - 40);
  const name = houseBefore.exec(text.slice(least, start));
  if (name === null) return false;
  for (const { index } of name[0].matchAll(/(?<![a-z])[a-z]/gu)) codes[least + name.index + index]! &= ~32;
  return true;
}

/**
 * The text, as long as it was, with capitals where names and months are likely: first names that are no words, what
 * follows them or a title and may be a name, months after "in" and the like or beside a number.
 *
 * @param codes the text's own, which are changed
 */
export function withCapitals(text: string, codes: Uint16Array): string {
  let before = "";
  let hadName = false;
  for (let start = 0, end = 0; start < codes.length; start++) {
    if (!isSmall(codes[start]!)) continue;
    const isNear = start - end <= 2;
    const letters = endOfLetters(codes, start);
    const hasMark = codes[letters] === apostrophe && isSmall(codes[letters + 1]!);
    end = hasMark ? endOfLetters(codes, letters + 1) : letters;
    const word = text.slice(start, end);
    const nameEnd = word.endsWith("'s") ? letters : end;
    codes[start]! &= ~32;
    const bits = nameEnd - start < 3 ? 0 : knownIn(codes, start, nameEnd);
    let isName = false;
    let isWritten = false;
    if ((bits & known.wholeMonth) !== 0) {
      const isBeforeNumber = codes[end] === 32 && isDigit(codes[end + 1]!);
      isWritten =
        beforeMonths.has(before) || isBeforeNumber || !wordsToo.has(word) || isAt(surelyDay, text, end);
    } else if ((bits & known.holiday) !== 0) isWritten = true;
    else if ((before === "in" || before === "to") && isAt(town, text, start))
      isWritten = isAt(livedBefore, text, start);
    else if (streets.has(word)) isWritten = writeStreet(text, codes, start);
    else if (titles.has(word)) isWritten = isTitled(text, end);
    else if ((bits & known.name) !== 0 && (bits & known.notName) === 0 && !neverNames.has(word)) {
      const isFirst = (bits & known.firstName) !== 0 && !words.has(word);
      isName = isFirst || (isNear && (hadName || titles.has(before)));
    }
    if (!isName && !isWritten) codes[start]! += 32;
    [before, hadName] = [word, isName];
    start = end - 1;
  }
  return Buffer.from(codes.buffer, codes.byteOffset, codes.byteLength).toString("utf16le");
}

function endOfLetters(codes: Uint16Array, start: number): number {
  let end = start;
  while (isSmall(codes[end]!)) end++;
  return end;
}

/** Whether the word after a title may be a name. */
function isTitled(text: string, end: number): boolean {
  const next = /^\.? ([a-z]{3,})/u.exec(text.slice(end, end + 24))?.[1];
  if (next === undefined) return false;
  const bits = knownAs(capitalised(next), capitalised(next));
  return (bits & known.name) !== 0 && (bits & known.notName) === 0;
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

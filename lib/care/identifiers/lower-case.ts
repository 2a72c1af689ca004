import type { Tokens } from "./tokens.ts";
import { known, knownAs } from "./word-lists.ts";

/** Fewer capitalised words than one in so many characters: the text was written without them, as by dictation. */
const charactersPerCapital = 150;

/** Whether a text has so few capital letters that names in it have none either. */
export function isInLowerCase(text: string, { words }: Tokens): boolean {
  return words.length * charactersPerCapital < text.length;
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
    "rosy les haze pierce merry abbot abbey cherish mead pat locke washington paddy curry gran vita bald collie candida jock ber chick tally rip guy loan long kind sunny"
  ).split(" "),
);
/** What may be a last name in a list and is none after a first name. */
const neverNames = new Set(
  "had has even say saw see her him are all any did does was will can else".split(" "),
);
const titles = new Set("dr mr mrs ms miss doctor nurse professor".split(" "));
const beforeMonths = new Set("in since until last next by early late mid of during".split(" "));

/**
 * The text, as long as it was, with capitals where names and months are likely: first names that are no words, what
 * follows them or a title and may be a name, months after "in" and the like or beside a number.
 */
export function withCapitals(text: string): string {
  let previous = "";
  let wasName = false;
  let end = 0;
  return text.replaceAll(/[a-z]+(?:'[a-z]+)?/gu, (word, at: number) => {
    const [before, hadName, isNear] = [previous, wasName, at - end <= 2];
    previous = word;
    end = at + word.length;
    wasName = false;
    const name = capitalised(word.replace(/'s$/u, ""));
    const bits = name.length < 3 ? 0 : knownAs(name, name);
    if ((bits & known.wholeMonth) !== 0) {
      const isSure = beforeMonths.has(before) || /^ \d/u.test(text.slice(end, end + 2));
      return isSure || !/^(?:march|may|april|june|august)$/u.test(word) ? capitalised(word) : word;
    }
    if (titles.has(word)) return isTitled(text, end) ? capitalised(word) : word;
    const isTitledName = isNear && titles.has(before);
    const isSecondName = isNear && hadName;
    wasName =
      (bits & known.notName) === 0 &&
      !neverNames.has(word) &&
      (((bits & known.firstName) !== 0 && !words.has(word)) ||
        ((isTitledName || isSecondName) && (bits & known.name) !== 0));
    return wasName ? capitalised(word) : word;
  });
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

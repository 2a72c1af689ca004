import type { SeededRandom } from "../../../lib/core/seeded-random.ts";

/** Phrases by slot name; a phrase may hold slots itself. */
export type Lexicon = Readonly<Record<string, readonly string[]>>;

/**
 * Turn a template into a sentence.
 *
 * `{name}` is a bound word or a phrase of the lexicon, `{a|b}` one of the alternatives, `{10-90}` a whole number.
 */
export function sentence(
  template: string,
  lexicon: Lexicon,
  bound: Readonly<Record<string, string>>,
  random: SeededRandom,
): string {
  let text = template;
  for (let depth = 0; text.includes("{"); depth++) {
    if (depth > 8) throw new Error(`template nests too deep: ${template}`);
    text = text.replaceAll(/\{([^{}]+)\}/gu, (_, slot: string) => {
      const range = /^(\d+)-(\d+)$/u.exec(slot);
      if (range) return String(random.integer(Number(range[1]), Number(range[2]) + 1));
      if (slot.includes("|")) return random.choice(slot.split("|"));
      const phrase = bound[slot] ?? (lexicon[slot] && random.choice(lexicon[slot]));
      if (phrase === undefined) throw new Error(`no slot ${slot} in the lexicon: ${template}`);
      return phrase;
    });
  }
  const withArticle = text.replaceAll(/\b(a|A) (?=[aeiou])/gu, "$1n ");
  return withArticle.charAt(0).toUpperCase() + withArticle.slice(1);
}

/** A paragraph of so many different sentences of a list of templates. */
export function paragraph(
  templates: readonly string[],
  count: number,
  lexicon: Lexicon,
  bound: Readonly<Record<string, string>>,
  random: SeededRandom,
): string {
  const chosen = random.sample(templates, Math.min(count, templates.length));
  return chosen.map((template) => sentence(template, lexicon, bound, random)).join(" ");
}

const onsets = [
  "vel",
  "tor",
  "quim",
  "zar",
  "nol",
  "brix",
  "cad",
  "mer",
  "lun",
  "pyr",
  "osk",
  "hel",
  "fen",
  "jad",
];
const middles = ["a", "i", "o", "ari", "emo", "ulo", "iza", "ento", "avi", "oxu"];
const drugEndings = ["zuvane", "quorin", "mireth", "toxal", "bavene", "driloque", "sennix", "polvar"];
const placeEndings = ["mouth", "field", "stead", "wick", "haven", "moor", "ford", "combe"];
const personEndings = ["rin", "dell", "mann", "sson", "quist", "vane", "marsh", "holt"];

/** A word that no language has, made of syllables. */
function invented(endings: readonly string[], random: SeededRandom): string {
  return random.choice(onsets) + random.choice(middles) + random.choice(endings);
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

export function inventedDrug(random: SeededRandom): string {
  return invented(drugEndings, random);
}

export function inventedPlace(random: SeededRandom): string {
  return capitalized(invented(placeEndings, random));
}

export function inventedPerson(random: SeededRandom): string {
  return capitalized(invented(personEndings, random));
}

export function inventedDisease(random: SeededRandom): string {
  const colour = ["amber", "slate", "ivory", "copper", "indigo", "chalk"];
  const feature = ["lattice", "quill", "lantern", "pebble", "braid", "compass"];
  return random.choice([
    () => `${inventedPerson(random)} syndrome`,
    () => `${inventedPerson(random)}-${inventedPerson(random)} disease`,
    () => `${random.choice(colour)}-${random.choice(feature)} fever`,
    () => `${random.choice(feature)} ${random.choice(["palsy", "neuropathy", "dermatitis", "anaemia"])}`,
  ])();
}

export function inventedProtein(random: SeededRandom): string {
  const letters = random.sample([..."BCDFGHKLMNPRSTVXZ"], 3).join("");
  return `${letters}${random.integer(2, 19)}`;
}

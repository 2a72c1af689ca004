import {
  firstNames as knownFirstNames,
  names,
  namesOfMen,
  namesOfWomen,
} from "../identifiers/known-names.ts";
import { known, knownAs } from "../identifiers/word-lists.ts";
import { letters } from "./surrogate-numbers.ts";
import type { KeyedChoice } from "./keyed-choice.ts";

/** Names that are nothing else, so that they are found as names again. */
const plain = [...names].filter(
  (name) => /^[A-Z][a-z]{2,}$/u.test(name) && (knownAs(name, name) & ~(known.name | known.firstName)) === 0,
);
const firstNames = plain.filter((name) => knownFirstNames.has(name)).sort();
const ofWomen = firstNames.filter((name) => namesOfWomen.has(name));
const ofMen = firstNames.filter((name) => namesOfMen.has(name));
export const lastNames = plain.filter((name) => !knownFirstNames.has(name)).sort();

/** Van, de and the like say little, and stay. */
const particles = /^(?:van|von|de|del|der|den|la|da|dos|di|bin|ibn|al|el|ter)$/u;

/**
 * A name part by part, so that "Maria Okafor", "OKAFOR" and "Okafor, Maria" stay one person: first names become first
 * names, of women and of men where the lists tell, others last names, initials initials, in the same letter case.
 */
export function surrogateName(name: string, choice: KeyedChoice): string {
  return name.replaceAll(/\p{L}[\p{L}\p{M}]*(?:['’]\p{L}+)*/gu, (part) => surrogatePart(part, choice));
}

function surrogatePart(part: string, choice: KeyedChoice): string {
  if (particles.test(part)) return part;
  if (part.length === 1)
    return choice.unlike(part, "initial", part.toUpperCase(), (numbers) =>
      inCaseOf(part, numbers.one([...letters])),
    );
  const value = part.toLowerCase();
  const written = value[0]!.toUpperCase() + value.slice(1);
  const candidates = candidatesFor(written);
  return choice.unlike(part, "name", value, (numbers) => inCaseOf(part, numbers.one(candidates)));
}

/** A name that the lists have as a woman's or a man's alone stays one. */
function candidatesFor(name: string): readonly string[] {
  if (!knownFirstNames.has(name)) return lastNames;
  if (namesOfWomen.has(name)) return ofWomen;
  return namesOfMen.has(name) ? ofMen : firstNames;
}

function inCaseOf(part: string, name: string): string {
  if (part === part.toLowerCase()) return name.toLowerCase();
  return part.length > 1 && part === part.toUpperCase() ? name.toUpperCase() : name;
}

import { checkString } from "../../core/arguments.ts";
import type { Identifier, IdentifierKind } from "./identifier.ts";
import { isInLowerCase, withCapitals } from "./lower-case.ts";
import { scanLinks } from "./scan-links.ts";
import { scanNames } from "./scan-names.ts";
import { scanNumbers } from "./scan-numbers.ts";
import { scanPlaces } from "./scan-places.ts";
import { tokenize } from "./tokens.ts";
import { known } from "./word-lists.ts";

/**
 * Places in a text that identify a person, in order and without overlap.
 *
 * Rules and lists of names, no model: forms (dates, numbers, addresses), the words before them ("MRN", "Dr.",
 * "daughter"), names of people by lists and by what stands around them, and then every later mention of a name that
 * was found. Where two overlap the surer, then the longer stays. Nothing here proves that a text is free of personal data: measure it
 * on a labelled sample of your own notes, and have a person read some.
 *
 * @example
 * findIdentifiers("Seen by Dr. Okafor on 3/14/2021.")
 * //=> [{ kind: "name", start: 12, end: 18 }, { kind: "date", start: 22, end: 31 }]
 */
export function findIdentifiers(text: string): Identifier[] {
  checkString("text", "a text", text);
  const found: Identifier[] = [];
  const add = (kind: IdentifierKind, start: number, end: number): void =>
    void found.push({ kind, start, end });
  const read = tokenize(text);
  scanLinks(text, read.links, add);
  const isLower = isInLowerCase(read);
  const written = isLower ? withCapitals(text, read.codes) : text;
  const tokens = isLower ? tokenize(written) : read;
  scanNumbers(written, tokens, add);
  scanPlaces(written, tokens, add);
  scanNames(written, tokens.words, add);
  // Speech has little around a name that would say so.
  if (isLower)
    for (const { start, end, known: bits } of tokens.words)
      if ((bits & known.firstName) !== 0) add("name", start, end);
  return withoutOverlap(found);
}

/** Spans in order of their start; where some touch, those stay that are the surest of them. */
function withoutOverlap(found: Identifier[]): Identifier[] {
  sortByStart(found);
  const kept: Identifier[] = [];
  for (let first = 0; first < found.length;) {
    let { end } = found[first]!;
    let next = first + 1;
    while (next < found.length && found[next]!.start < end) end = Math.max(end, found[next++]!.end);
    if (next === first + 1) kept.push(found[first]!);
    else kept.push(...surest(found.slice(first, next)));
    first = next;
  }
  return kept;
}

/** By insertion: scanners find in order, so the list is a few sorted ones after another, and short in most texts. */
function sortByStart(found: Identifier[]): void {
  if (found.length > 64) return void found.sort((one, other) => one.start - other.start);
  for (let index = 1; index < found.length; index++) {
    const each = found[index]!;
    let place = index;
    while (place > 0 && found[place - 1]!.start > each.start) found[place] = found[--place]!;
    found[place] = each;
  }
}

/** Names by their surroundings are the least sure; of others the longest stays, of equally long ones the first. */
function surest(overlapping: readonly Identifier[]): Identifier[] {
  const bySureness = overlapping.toSorted((one, other) => {
    const surer = Number(one.kind === "name") - Number(other.kind === "name");
    return surer || other.end - other.start - (one.end - one.start);
  });
  const kept: Identifier[] = [];
  for (const each of bySureness)
    if (kept.every((other) => each.end <= other.start || other.end <= each.start)) kept.push(each);
  return kept.sort((one, other) => one.start - other.start);
}

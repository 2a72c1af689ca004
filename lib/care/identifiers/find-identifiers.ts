import type { Identifier, IdentifierKind } from "./identifier.ts";
import { scanLinks } from "./scan-links.ts";
import { scanNames } from "./scan-names.ts";
import { scanNumbers } from "./scan-numbers.ts";
import { scanPlaces } from "./scan-places.ts";
import { tokenize } from "./tokens.ts";

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
  const found: Identifier[] = [];
  const add = (kind: IdentifierKind, start: number, end: number): void =>
    void found.push({ kind, start, end });
  const { words, numbers, links } = tokenize(text);
  scanLinks(text, links, add);
  scanNumbers(text, numbers, words, add);
  scanPlaces(text, words, numbers, add);
  scanNames(text, words, add);
  return withoutOverlap(found);
}

/** Names by their surroundings are the least sure; of others the longest stays, of equally long ones the first. */
function withoutOverlap(found: readonly Identifier[]): Identifier[] {
  const byLength = found
    .map((each, order) => ({ each, order }))
    .sort((one, other) => {
      const surer = Number(one.each.kind === "name") - Number(other.each.kind === "name");
      const longer = other.each.end - other.each.start - (one.each.end - one.each.start);
      return surer || longer || one.order - other.order;
    });
  const kept: Identifier[] = [];
  const taken = new Map<number, Identifier[]>();
  // Spans are short: each is looked up in the few blocks that it touches.
  const blocks = ({ start, end }: Identifier): number[] => {
    const first = start >> 6;
    return Array.from({ length: ((end - 1) >> 6) - first + 1 }, (_, index) => first + index);
  };
  for (const { each } of byLength) {
    const own = blocks(each);
    const overlaps = own.some((block) =>
      taken.get(block)?.some((other) => each.start < other.end && other.start < each.end),
    );
    if (overlaps) continue;
    kept.push(each);
    for (const block of own) taken.set(block, [...(taken.get(block) ?? []), each]);
  }
  return kept.sort((one, other) => one.start - other.start);
}

import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { wilsonInterval, type Interval } from "../core/statistics/wilson-interval.ts";
import { findIdentifiers } from "./identifiers/find-identifiers.ts";
import { identifierKinds, type Identifier, type IdentifierKind } from "./identifiers/identifier.ts";

/** A text whose identifiers are known, by planting or by a person's reading. */
export interface LabelledText {
  readonly id: string;
  readonly text: string;
  readonly identifiers: readonly (Identifier & { readonly format?: string })[];
}

/** How well the identifiers of one kind are found. */
export interface IdentifierRate {
  readonly kind: IdentifierKind | "all";
  /** Identifiers in the labels, and those of them whose every letter lies in what was found, of whatever kind. */
  readonly labelled: number;
  readonly covered: number;
  readonly recall: number | null;
  readonly recallInterval: Interval | null;
  /** What was found, and what of it overlaps a labelled identifier. */
  readonly found: number;
  readonly right: number;
  readonly precision: number | null;
  readonly precisionInterval: Interval | null;
}

/** A labelled place that was not found, or a place that was found and is not labelled. */
export interface IdentifierMiss {
  readonly id: string;
  readonly problem: "missed" | "found in vain";
  readonly kind: IdentifierKind;
  readonly format: string | null;
  /** With some words around it; of made-up texts only, or yours to keep. */
  readonly context: string;
}

/** Recall and precision by kind and by format, and every miss. */
export interface IdentifierRates {
  /** All together first, then by kind. */
  readonly rates: readonly IdentifierRate[];
  readonly byFormat: readonly {
    readonly kind: IdentifierKind;
    readonly format: string;
    readonly labelled: number;
    readonly covered: number;
  }[];
  readonly misses: readonly IdentifierMiss[];
}

/**
 * Recall and precision of the finder on labelled texts, by kind and by format, with Wilson intervals, and every miss.
 *
 * A labelled identifier counts as found where all of it would be masked, whatever the kind; what was found counts as
 * right where it touches a labelled one.
 *
 * @throws {ArgumentError} no texts
 *
 * @example
 * const { rates } = rateIdentifiers(generateLabelledNotes({ count: 50 }));
 */
export function rateIdentifiers(
  texts: readonly LabelledText[],
  find: (text: string) => readonly Identifier[] = findIdentifiers,
): IdentifierRates {
  checkList("texts", "a list of texts", texts);
  if (texts.length === 0) throw new ArgumentError("texts", "at least one labelled text", texts);
  const tally = new Map(
    identifierKinds.map((kind) => [kind, { labelled: 0, covered: 0, found: 0, right: 0 }]),
  );
  const formats = new Map<
    string,
    { kind: IdentifierKind; format: string; labelled: number; covered: number }
  >();
  const misses: IdentifierMiss[] = [];
  for (const { id, text, identifiers } of texts) {
    const found = find(text);
    const note = (problem: IdentifierMiss["problem"], each: Identifier, format: string | null): void =>
      void misses.push({ id, problem, kind: each.kind, format, context: contextOf(text, each) });
    for (const each of identifiers) {
      const { kind, format = "" } = each;
      const key = `${kind}\n${format}`;
      const ofFormat = formats.get(key) ?? { kind, format, labelled: 0, covered: 0 };
      formats.set(key, ofFormat);
      const isCovered = covers(found, each, text);
      for (const counts of [tally.get(kind)!, ofFormat]) {
        counts.labelled++;
        if (isCovered) counts.covered++;
      }
      if (!isCovered) note("missed", each, format);
    }
    for (const each of found) {
      const counts = tally.get(each.kind)!;
      const isRight = identifiers.some((other) => each.start < other.end && other.start < each.end);
      counts.found++;
      if (isRight) counts.right++;
      else note("found in vain", each, null);
    }
  }
  const all = { labelled: 0, covered: 0, found: 0, right: 0 };
  for (const counts of tally.values())
    for (const key of ["labelled", "covered", "found", "right"] as const) all[key] += counts[key];
  const rates = [["all", all] as const, ...tally].map(
    ([kind, counts]): IdentifierRate =>
      ({
        kind,
        ...counts,
        ...share("recall", counts.covered, counts.labelled),
        ...share("precision", counts.right, counts.found),
      }) as IdentifierRate,
  );
  return { rates, byFormat: [...formats.values()], misses };
}

function share(name: "recall" | "precision", part: number, whole: number): object {
  return {
    [name]: whole === 0 ? null : part / whole,
    [`${name}Interval`]: whole === 0 ? null : wilsonInterval(part, whole),
  };
}

/** Whether every letter and digit of an identifier lies in what was found. */
function covers(found: readonly Identifier[], each: Identifier, text: string): boolean {
  for (let at = each.start; at < each.end; at++) {
    if (!/[\p{L}\p{N}]/u.test(text[at]!)) continue;
    if (!found.some(({ start, end }) => start <= at && at < end)) return false;
  }
  return true;
}

function contextOf(text: string, { start, end }: Identifier): string {
  const words = (from: number, to: number): string =>
    text.slice(Math.max(0, from), to).replaceAll(/\s+/gu, " ");
  return `${words(start - 30, start)}⟦${words(start, end)}⟧${words(end, end + 30)}`;
}

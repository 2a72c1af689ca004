import type { FilterRule } from "./filter-rule.ts";
import { duplicateCharacterFraction, duplicateFraction, ngramRepetition } from "./repetition.ts";
import { TextUnits } from "./text-units.ts";

/**
 * Thresholds of table A1 of Rae et al. 2021, "Scaling language models: methods, analysis & insights from training
 * Gopher"; a document above one of them is dropped.
 */
export const gopherRepetitionThresholds = {
  duplicateLineFraction: 0.3,
  duplicateParagraphFraction: 0.3,
  duplicateLineCharacterFraction: 0.2,
  duplicateParagraphCharacterFraction: 0.2,
  topNgramCharacterFraction: { 2: 0.2, 3: 0.18, 4: 0.16 },
  duplicateNgramCharacterFraction: { 5: 0.15, 6: 0.14, 7: 0.13, 8: 0.12, 9: 0.11, 10: 0.1 },
} as const;

/** Quality rules of Rae et al. 2021, appendix A1.1; both ends of a range are let pass. */
export const gopherQualityThresholds = {
  minimumWords: 50,
  maximumWords: 100_000,
  minimumMeanWordLength: 3,
  maximumMeanWordLength: 10,
  /** Of `#` and of ellipses, each. */
  maximumSymbolsPerWord: 0.1,
  maximumBulletLineFraction: 0.9,
  maximumEllipsisLineFraction: 0.3,
  minimumAlphabeticWordFraction: 0.8,
  minimumStopWords: 2,
} as const;

/** The stop words of Rae et al. 2021, appendix A1.1. */
export const gopherStopWords: readonly string[] = ["the", "be", "to", "of", "and", "that", "have", "with"];

/** N-grams are looked for in the beginning of a text; a longer beginning tells no more and takes gigabytes. */
const maximumNgramCharacters = 8_000_000;

/** Drop documents that repeat themselves; what repeats is what came before in the document. */
export function gopherRepetitionRules(): FilterRule[] {
  const limits = gopherRepetitionThresholds;
  return [
    above("duplicate-lines", limits.duplicateLineFraction, ({ lines }) => duplicateFraction(lines)),
    above("duplicate-paragraphs", limits.duplicateParagraphFraction, ({ paragraphs }) =>
      duplicateFraction(paragraphs),
    ),
    above("duplicate-line-characters", limits.duplicateLineCharacterFraction, ({ lines }) =>
      duplicateCharacterFraction(lines),
    ),
    above("duplicate-paragraph-characters", limits.duplicateParagraphCharacterFraction, ({ paragraphs }) =>
      duplicateCharacterFraction(paragraphs),
    ),
    ngramRule(),
  ];
}

/** The n-gram rules in one, since the longer n-grams are found from the shorter ones. */
function ngramRule(): FilterRule {
  const top = Object.entries(gopherRepetitionThresholds.topNgramCharacterFraction);
  const duplicate = Object.entries(gopherRepetitionThresholds.duplicateNgramCharacterFraction);
  return {
    name: "gopher: n-grams",
    reasons: [
      ...top.map(([n]) => `gopher-top-${n}-gram`),
      ...duplicate.map(([n]) => `gopher-duplicate-${n}-grams`),
    ],
    judge(_, units) {
      const isLong = units.text.length > maximumNgramCharacters;
      const { words } = isLong ? new TextUnits(units.text.slice(0, maximumNgramCharacters)) : units;
      const found = new Map(
        ngramRepetition(words, 10).map((repetition) => [String(repetition.n), repetition]),
      );
      const tooFrequent = top.find(([n, limit]) => found.get(n)!.topFraction > limit);
      if (tooFrequent !== undefined) return { drop: `gopher-top-${tooFrequent[0]}-gram` };
      const repeated = duplicate.find(([n, limit]) => found.get(n)!.duplicateFraction > limit);
      return repeated === undefined ? undefined : { drop: `gopher-duplicate-${repeated[0]}-grams` };
    },
  };
}

/** Drop documents that do not look like prose. */
export function gopherQualityRules(): FilterRule[] {
  const limits = gopherQualityThresholds;
  const wordCount = (units: TextUnits) => units.wordCount;
  return [
    below("too-few-words", limits.minimumWords, wordCount),
    above("too-many-words", limits.maximumWords, wordCount),
    below("short-words", limits.minimumMeanWordLength, meanWordLength),
    above("long-words", limits.maximumMeanWordLength, meanWordLength),
    above("hash-signs", limits.maximumSymbolsPerWord, hashSignsPerWord),
    above("ellipses", limits.maximumSymbolsPerWord, ellipsesPerWord),
    above("bullet-lines", limits.maximumBulletLineFraction, bulletLineFraction),
    above("ellipsis-lines", limits.maximumEllipsisLineFraction, ellipsisLineFraction),
    below("not-alphabetic", limits.minimumAlphabeticWordFraction, alphabeticWordFraction),
    below("no-stop-words", limits.minimumStopWords, stopWordCount),
  ];
}

function above(name: string, limit: number, measure: (units: TextUnits) => number): FilterRule {
  const reason = `gopher-${name}`;
  return {
    name: `gopher: ${name}`,
    reasons: [reason],
    judge: (_, units) => (measure(units) > limit ? { drop: reason } : undefined),
  };
}

function below(name: string, limit: number, measure: (units: TextUnits) => number): FilterRule {
  const reason = `gopher-${name}`;
  return {
    name: `gopher: ${name}`,
    reasons: [reason],
    judge: (_, units) => (measure(units) < limit ? { drop: reason } : undefined),
  };
}

/** Characters (UTF-16 code units) in a word on average; 0 without words. */
export function meanWordLength({ words }: TextUnits): number {
  return perWord(
    words,
    words.reduce((total, word) => total + word.length, 0),
  );
}

export function hashSignsPerWord({ text, words }: TextUnits): number {
  return perWord(words, countOf(text, /#/gu));
}

/** Three points, or the one character for them. */
export function ellipsesPerWord({ text, words }: TextUnits): number {
  return perWord(words, countOf(text, /\.{3}|…/gu));
}

/** Share of the lines that begin with a bullet point. */
export function bulletLineFraction({ lines }: TextUnits): number {
  return shareOf(lines, (line) => /^[-*•‣◦▪●–]/u.test(line));
}

/** Share of the lines that end with an ellipsis. */
export function ellipsisLineFraction({ lines }: TextUnits): number {
  return shareOf(lines, (line) => line.endsWith("...") || line.endsWith("…"));
}

/** Share of the words that hold a letter. */
export function alphabeticWordFraction({ words }: TextUnits): number {
  return shareOf(words, (word) => /\p{L}/u.test(word));
}

/** How many different stop words of {@link gopherStopWords} come at all, whatever their case. */
export function stopWordCount({ words }: TextUnits): number {
  const wanted = new Set(gopherStopWords);
  for (const word of words) {
    if (word.length > 6) continue;
    wanted.delete(word.toLowerCase().replaceAll(/[^a-z]/gu, ""));
    if (wanted.size === 0) break;
  }
  return gopherStopWords.length - wanted.size;
}

function perWord(words: readonly string[], count: number): number {
  return words.length === 0 ? 0 : count / words.length;
}

function shareOf(parts: readonly string[], holds: (part: string) => boolean): number {
  return parts.length === 0 ? 0 : parts.filter(holds).length / parts.length;
}

function countOf(text: string, pattern: RegExp): number {
  let count = 0;
  for (const _ of text.matchAll(pattern)) count++;
  return count;
}

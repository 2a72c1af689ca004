import { checkOptions, shareOption } from "../core/options.ts";
import { wordShingles } from "../core/shingles.ts";
import type { Question } from "./question.ts";

export interface QuestionOverlapOptions {
  /** Least Jaccard similarity of the questions' word 5-grams. @default 0.8 */
  readonly threshold?: number;
}

/** Two questions of different sets that ask the same. */
export interface OverlappingPair {
  /** Id in the left set. */
  readonly left: string;
  /** Id in the right set. */
  readonly right: string;
  /** Of the sets of word 5-grams of the questions, without their options. */
  readonly jaccard: number;
  /** The same words in the same order; case and punctuation aside. */
  readonly sameWords: boolean;
  /** The same options in any order; case and punctuation aside. */
  readonly sameOptions: boolean;
}

/**
 * Find the questions that two sets share, word for word or nearly.
 *
 * Pairs come by similarity, highest first, then by their places in the sets. Options are not part of the
 * similarity: short questions such as "Which of the following is true?" match often, `sameOptions` tells them apart.
 *
 * @example
 * questionOverlap(medqa.questions, medmcqa.questions).filter((pair) => pair.sameOptions).length
 */
export function questionOverlap(
  left: readonly Question[],
  right: readonly Question[],
  options: QuestionOverlapOptions = {},
): OverlappingPair[] {
  const { threshold } = checkOptions(options, { threshold: shareOption(0.8) });
  const leftShingles = left.map(({ question }) => wordShingles(question));
  const holders = holdersOf(leftShingles);
  const pairs: OverlappingPair[] = [];
  for (const candidate of right) {
    const shingles = wordShingles(candidate.question);
    for (const [index, shared] of sharedWith(shingles, holders)) {
      const jaccard = shared / (leftShingles[index]!.length + shingles.length - shared);
      if (jaccard >= threshold) pairs.push(describePair(left[index]!, candidate, jaccard));
    }
  }
  return pairs.sort((one, other) => other.jaccard - one.jaccard);
}

/** For each shingle the places of the questions that have it. */
function holdersOf(questions: readonly Float64Array[]): Map<number, number[]> {
  const holders = new Map<number, number[]>();
  for (const [index, shingles] of questions.entries()) {
    for (const shingle of shingles) {
      const places = holders.get(shingle);
      if (places === undefined) holders.set(shingle, [index]);
      else places.push(index);
    }
  }
  return holders;
}

function sharedWith(shingles: Float64Array, holders: Map<number, number[]>): Map<number, number> {
  const shared = new Map<number, number>();
  for (const shingle of shingles) {
    for (const index of holders.get(shingle) ?? []) shared.set(index, (shared.get(index) ?? 0) + 1);
  }
  return shared;
}

function describePair(left: Question, right: Question, jaccard: number): OverlappingPair {
  const optionsOf = ({ options }: Question) => options.map(wordsOf).sort().join("\n");
  return {
    left: left.id,
    right: right.id,
    jaccard,
    sameWords: wordsOf(left.question) === wordsOf(right.question),
    sameOptions: optionsOf(left) === optionsOf(right),
  };
}

/** A text's words in lower case, one space between; compatibility forms such as ligatures made plain. */
function wordsOf(text: string): string {
  const words = text.normalize("NFKC").match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.join(" ").toLowerCase();
}

import { checkList } from "../core/arguments.ts";
import { checkOptions, shareOption } from "../core/options.ts";
import { wordShingles } from "../core/shingles.ts";
import type { Question } from "./question.ts";

export interface QuestionOverlapOptions {
  /** Least Jaccard similarity of the questions' word 5-grams. @default 0.8 */
  readonly threshold?: number;
}

/** Two questions that ask the same. */
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
 * Find the questions that two sets share, word for word or nearly; given one set twice, those it repeats.
 *
 * A question is never paired with itself, and two questions of one data set are paired once, the earlier one left.
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
  checkList("left", "a list of questions", left);
  checkList("right", "a list of questions", right);
  const { threshold } = checkOptions(options, { threshold: shareOption(0.8) });
  const rightShingles = right.map(({ question }) => wordShingles(question));
  const holders = holdersOf(rightShingles);
  const pairs: OverlappingPair[] = [];
  const found = new Set<string>();
  for (const question of left) {
    const shingles = wordShingles(question.question);
    for (const [index, shared] of sharedWith(shingles, holders)) {
      const jaccard = shared / (rightShingles[index]!.length + shingles.length - shared);
      if (jaccard < threshold || isFound(question, right[index]!, found)) continue;
      pairs.push(describePair(question, right[index]!, jaccard));
    }
  }
  return pairs.sort((one, other) => other.jaccard - one.jaccard);
}

/** Whether the two are one question, or a pair of one data set that was found the other way round. */
function isFound(left: Question, right: Question, found: Set<string>): boolean {
  if (left.dataset !== right.dataset) return false;
  const key = [left.id, right.id].sort().join("\n");
  if (left.id === right.id || found.has(key)) return true;
  found.add(key);
  return false;
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

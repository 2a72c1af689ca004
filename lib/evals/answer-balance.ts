import { checkList } from "../core/arguments.ts";
import { optionLetter, type Question } from "./question.ts";

/** How often the right answer stands at one place. */
export interface AnswerPlace {
  /** A for the first option. */
  readonly letter: string;
  readonly count: number;
  /** Of all questions. */
  readonly share: number;
  /** The share that this place would have if each question's options were equally often right. */
  readonly expectedShare: number;
}

/**
 * Count where the right answers stand: a model that always says one letter scores that letter's share.
 *
 * One item for each place that any question has, in order. Empty for no questions.
 *
 * @example
 * answerBalance(questions).map(({ letter, share }) => `${letter} ${share.toFixed(2)}`)
 */
export function answerBalance(questions: readonly Question[]): AnswerPlace[] {
  checkList("questions", "a list of questions", questions);
  const places = questions.reduce((most, { options }) => Math.max(most, options.length), 0);
  return Array.from({ length: places }, (_, place) => {
    const count = questions.filter(({ answerIndex }) => answerIndex === place).length;
    const chances = questions.filter(({ options }) => place < options.length);
    const expected = chances.reduce((sum, { options }) => sum + 1 / options.length, 0);
    return {
      letter: optionLetter(place),
      count,
      share: count / questions.length,
      expectedShare: expected / questions.length,
    };
  });
}

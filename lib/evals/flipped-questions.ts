import { checkFields, checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { fromRows } from "../table/from-rows.ts";
import { strictest } from "../table/sensitivity.ts";
import type { Table } from "../table/table.ts";
import type { Flip, ResultsComparison } from "./compare-results.ts";
import { questionKey } from "./question-result.ts";
import { optionLetter, type Question } from "./question.ts";

/** A question that one of two models alone answers right, with both answers. */
export interface FlippedQuestion {
  readonly id: string;
  /** Whether the second model is the one that is right. */
  readonly now: Flip["now"];
  readonly question: string;
  readonly right: string;
  readonly first: string;
  readonly second: string;
}

/**
 * The questions that flipped, both models' answers side by side; restricted where one of the questions is.
 *
 * @param questions those that were asked, or more
 * @throws {ArgumentError} no question flipped, or one that is not among them
 *
 * @example
 * flippedQuestions(questions, compareResults(base.results, tuned.results))
 */
export function flippedQuestions(
  questions: readonly Question[],
  comparison: Pick<ResultsComparison, "flips">,
): Table<FlippedQuestion> {
  checkList("questions", "a list of questions", questions);
  checkFields("comparison", "a comparison, as compareResults gives", comparison, ["flips"]);
  const { flips } = comparison;
  if (flips.length === 0) throw new ArgumentError("comparison", "one that has a flipped question", flips);
  const byKey = new Map(questions.map((question) => [questionKey(question), question]));
  const flipped = flips.map((flip) => {
    const question = byKey.get(questionKey(flip));
    if (question === undefined)
      throw new ArgumentError("questions", `to hold ${questionKey(flip)}`, questions);
    return { flip, question };
  });
  const rows = flipped.map(({ flip, question: { question, options } }): FlippedQuestion => {
    const answer = (place: number | null): string =>
      place === null ? "no answer" : `${optionLetter(place)}. ${options[place]!.trim()}`;
    const { id, now, gold, first, second } = flip;
    return { id, now, question, right: answer(gold), first: answer(first), second: answer(second) };
  });
  const sensitivity = strictest(flipped.map(({ question }) => question.sensitivity ?? "public"));
  return fromRows(rows, { sensitivity });
}

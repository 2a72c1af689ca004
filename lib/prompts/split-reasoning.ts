/** An output in the format of Figure 5. */
export interface SplitOutput {
  /** Without white space around it; all of the output where no answer is stated. */
  readonly reasoning: string;
  /** From "The correct answer is:" on; undefined where there is no such statement. */
  readonly answer: string | undefined;
}

const statement = /(?:therefore|thus|so|hence)?,?\s*(the\s+(?:correct\s+|final\s+)?answer\s+is\b)/giu;

/**
 * Part a model's reasoning from the answer that it ends at; of several statements the last one counts.
 *
 * @example
 * splitReasoning("Fever is late. Therefore, the correct answer is: Rash")
 * //=> { reasoning: "Fever is late.", answer: "the correct answer is: Rash" }
 */
export function splitReasoning(output: string): SplitOutput {
  const found = [...output.matchAll(statement)].at(-1);
  if (found === undefined) return { reasoning: output.trim(), answer: undefined };
  const answerStart = found.index + found[0].length - found[1]!.length;
  return { reasoning: output.slice(0, found.index).trim(), answer: output.slice(answerStart).trim() };
}

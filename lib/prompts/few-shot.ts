import { ArgumentError } from "../core/errors.ts";
import { checkExamples, copyExamples, isCopyOf, keyOf, type PromptExample } from "./prompt-question.ts";
import { fingerprintOfExamples, Strategy } from "./strategy.ts";
import { paperWriter, type PaperFormat } from "./write-prompt.ts";

/**
 * The same examples before every question; the paper takes five, with their reasoning.
 *
 * @param examples with reasoning, each of them, for a chain of thought; without, none of them, for answers at once
 * @throws {ArgumentError} no examples, some with and some without reasoning, one of a test split; when prompts are
 *   written: a question that is among the examples
 */
export function fewShot(examples: readonly PromptExample[]): Strategy {
  const format = formatOf(examples, "examples");
  const shown = copyExamples(examples);
  const ids = shown.map(({ id }) => id);
  return new Strategy({
    name: "few-shot",
    writer: paperWriter(format),
    settings: { examples: ids, fingerprint: fingerprintOfExamples(shown) },
    examples: async (questions) => {
      for (const question of questions) {
        const copy = shown.find((example) => isCopyOf(question, example, 1));
        if (copy !== undefined) {
          const expected = `other questions than the one asked, ${keyOf(question)}`;
          throw new ArgumentError("examples", expected, keyOf(copy));
        }
      }
      return questions.map(() => shown);
    },
    rules: { examples: { expected: "a list of examples", default: shown, accepts: Array.isArray } },
    vary: ({ examples: others = shown }) => fewShot(others as readonly PromptExample[]),
  });
}

/** Figure 5 where examples have reasoning, Figure 4 where they have none. */
export function formatOf(examples: readonly PromptExample[], parameter: string): PaperFormat {
  checkExamples(examples, parameter);
  if (examples.length === 0) throw new ArgumentError(parameter, "at least one example", examples);
  const reasoned = examples[0]!.reasoning !== undefined;
  const other = examples.find(({ reasoning }) => (reasoning !== undefined) !== reasoned);
  if (other !== undefined) {
    const expected = "all with reasoning or all without: a model is shown one format";
    throw new ArgumentError(parameter, expected, keyOf(other));
  }
  return reasoned ? "chain-of-thought" : "zero-shot";
}

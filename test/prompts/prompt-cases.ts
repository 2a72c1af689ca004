import type { PromptExample, PromptQuestion } from "../../lib/prompts/prompt-question.ts";
import type { Embedder } from "../../lib/prompts/strategy.ts";

export const question: PromptQuestion = {
  id: "q1",
  dataset: "medqa",
  question: "Which drug lowers fever?",
  options: ["Aspirin", "Heparin", "Insulin", "Digoxin", "Warfarin"],
};

export function example(id: string, reasoning?: string): PromptExample {
  return {
    id,
    dataset: "medqa",
    split: "train",
    question: `What is ${id} of the heart?`,
    options: [`${id} right`, `${id} wrong`],
    answerIndex: 0,
    ...(reasoning !== undefined && { reasoning }),
  };
}

/** Embeds each text as it is listed, and says how often it was asked. */
export function tableEmbedder(
  table: Readonly<Record<string, readonly number[]>>,
): Embedder & { calls: string[][] } {
  const calls: string[][] = [];
  return {
    calls,
    embed: async (texts) => {
      calls.push([...texts]);
      return texts.map((text) => new Float32Array(table[text]!));
    },
  };
}

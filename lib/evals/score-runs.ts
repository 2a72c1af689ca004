import type { CallOptions, Generation, LanguageModel, Likelihood } from "../models/language-model.ts";
import { strictest, type Sensitivity } from "../table/sensitivity.ts";
import type { AskedRun } from "./ask-questions.ts";
import { unconditionalContext } from "./ask-questions.ts";
import { chooseOptions, scoreOption, type Normalisation, type OptionScore } from "./option-score.ts";
import { parseAnswer } from "./parse-answer.ts";
import { optionLetter, type Question } from "./question.ts";

/** What a model made of one run. */
export interface RunScore {
  /** By each normalisation, or by the output alone; places of the question's options, null for none. */
  readonly choices: Readonly<Partial<Record<Normalisation | "output", number | null>>>;
  /** In the question's order. */
  readonly options?: readonly OptionScore[];
  readonly output?: string;
  readonly tokens: number;
}

/** Log-likelihoods of the answers of each run, after the prompt and, where there is one, its chain. */
export async function scoreAnswers(
  model: LanguageModel,
  questions: readonly Pick<Question, "options">[],
  runs: readonly AskedRun[],
  how: { readonly letters: boolean; readonly chains?: readonly string[] },
  calls: CallOptions,
): Promise<RunScore[]> {
  const answersOf = ({ place, prompt }: AskedRun): string[] =>
    prompt.permutation.map((index, shown) =>
      how.letters ? optionLetter(shown) : questions[place]!.options[index]!.trim(),
    );
  const answers = runs.map(answersOf);
  const requests = runs.map(({ prompt }, run) => ({
    context: how.chains === undefined ? prompt.text : withChain(prompt, how.chains[run]!),
    continuations: answers[run]!.map(continuation),
  }));
  // Answers recur (yes and no, letters, the same drug): without the question each is asked for once.
  const alone = new Map<string, Set<string>>();
  for (const [run, { prompt }] of runs.entries()) {
    const context = unconditionalContext(prompt);
    if (context === undefined) continue;
    const known = alone.get(context) ?? new Set();
    alone.set(context, new Set([...known, ...answers[run]!]));
  }
  const unconditional = [...alone].map(([context, texts]) => ({ context, texts: [...texts] }));
  const likelihoods = await model.logLikelihood(
    [
      ...requests,
      ...unconditional.map(({ context, texts }) => ({ context, continuations: texts.map(continuation) })),
    ],
    { ...calls, ...strictestOf(runs) },
  );
  const known = new Map<string, Likelihood>(
    unconditional.flatMap(({ context, texts }, index) =>
      texts.map((text, place) => [`${context}\0${text}`, likelihoods[runs.length + index]![place]!] as const),
    ),
  );
  return runs.map(({ prompt }, run) => {
    const scores: OptionScore[] = [];
    for (const [shown, place] of prompt.permutation.entries()) {
      const answer = answers[run]![shown]!;
      const without = known.get(`${unconditionalContext(prompt)}\0${answer}`);
      scores[place] = scoreOption(answer, likelihoods[run]![shown]!, without);
    }
    const tokens = scores.reduce((sum, score) => sum + score.tokens, 0);
    return { choices: chooseOptions(scores), options: scores, tokens };
  });
}

function strictestOf(runs: readonly AskedRun[]): { sensitivity: Sensitivity } {
  return { sensitivity: strictest(runs.map(({ prompt }) => prompt.sensitivity)) };
}

function continuation(answer: string): string {
  return ` ${answer}`;
}

function withChain({ text, answerCue }: AskedRun["prompt"], chain: string): string {
  return [text, chain.trim()].filter((part) => part !== "").join(" ") + answerCue!;
}

/** What the model writes after each run's prompt; a chain of thought ends where the answer would begin. */
export async function writeOutputs(
  model: LanguageModel,
  runs: readonly AskedRun[],
  how: { readonly maximumTokens: number; readonly chains: boolean },
  calls: CallOptions,
): Promise<Generation[]> {
  return model.generate(
    runs.map(({ prompt: { text, temperature, seed, stop, run, answerCue, questionId, dataset } }) => ({
      prompt: text,
      maximumTokens: how.maximumTokens,
      temperature,
      seed,
      sampleIndex: run,
      stop: how.chains ? [...stop, answerCue!.trim()] : stop,
      about: { id: questionId, ...(dataset !== undefined && { dataset }) },
    })),
    { ...calls, ...strictestOf(runs) },
  );
}

/** The option that each output names. */
export async function readOutputs(
  model: LanguageModel,
  questions: readonly Question[],
  runs: readonly AskedRun[],
  maximumTokens: number,
  calls: CallOptions,
): Promise<RunScore[]> {
  const outputs = await writeOutputs(model, runs, { maximumTokens, chains: false }, calls);
  return outputs.map(({ text, tokens }, run) => {
    const { place, prompt } = runs[run]!;
    const shown = prompt.permutation.map((index) => questions[place]!.options[index]!);
    const parsed = parseAnswer(text, shown);
    return {
      choices: { output: parsed === undefined ? null : prompt.permutation[parsed.index]! },
      output: text,
      tokens,
    };
  });
}

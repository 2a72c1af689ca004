import { ArgumentError } from "../core/errors.ts";
import {
  callbackOption,
  checkOptions,
  integerOption,
  objectOption,
  seedOption,
  type OptionRule,
} from "../core/options.ts";
import { someRestricted } from "../core/restricted.ts";
import { SeededRandom } from "../core/seeded-random.ts";
import { strictest, type Sensitivity } from "../table/sensitivity.ts";
import { ensemble } from "./ensemble.ts";
import { checkExamples, keyOf, type AnsweredQuestion, type PromptExample } from "./prompt-question.ts";
import { splitReasoning } from "./split-reasoning.ts";
import { Strategy, type Embedder, type RunPrompt } from "./strategy.ts";
import { chainOfThought } from "./without-examples.ts";

/** What writes on from prompts; the `generate` of a `LanguageModel` is one. */
export type Generate = (
  requests: readonly {
    readonly prompt: string;
    readonly maximumTokens: number;
    readonly temperature: number;
    readonly seed: number;
    readonly stop: readonly string[];
    readonly sampleIndex: number;
    readonly about: { readonly dataset?: string; readonly id: string };
  }[],
  options?: { readonly signal?: AbortSignal; readonly sensitivity?: Sensitivity },
) => Promise<readonly { readonly text: string; readonly finishReason: "stop" | "length" }[]>;

export interface GenerateChainsOptions {
  /** Which of the options a text names; undefined for none. `parseAnswer` is one. */
  readonly parse: (text: string, options: readonly string[]) => { readonly index: number } | undefined;
  /** Of one run, and with reasoning. @default `chainOfThought()` */
  readonly strategy?: Strategy;
  /** Of `nearestExamples`. */
  readonly embedder?: Embedder;
  /** Chains for each question, with shuffled options. @default 5 */
  readonly runs?: number;
  /** @default 0.2 */
  readonly temperature?: number;
  /** @default 500 */
  readonly maximumTokens?: number;
  /** Of the orders, the model's draws, and the choice among a question's right chains. @default 0 */
  readonly seed?: number | string;
  /** Says of each chain that ends at the right option whether its reasoning holds. @default all do */
  readonly verify?: (chains: readonly ReasonedQuestion[]) => Promise<readonly boolean[]>;
  readonly signal?: AbortSignal;
}

/** A question with its answer and reasoning that leads to it. */
export type ReasonedQuestion = PromptExample & { readonly reasoning: string };

/**
 * Why a chain is not used: it names another option, names none, was cut off before the end of its answer, or ends at
 * the right option by a reasoning that `verify` does not hold to be sound.
 */
export type ChainFault = "wrong" | "no-answer" | "cut-off" | "refuted";

/** A chain of thought that was not kept, and why. */
export interface DiscardedChain {
  readonly questionId: string;
  readonly dataset?: string;
  readonly run: number;
  readonly fault: ChainFault;
  /** Place in the question of the option that it names. */
  readonly choice: number | null;
  readonly output: string;
  /** Of the question, its prompts or the model; absent where all of them are public. */
  readonly sensitivity?: "restricted";
}

/** Counts add up: generated = right + the discarded of each fault; questions = solved + unsolved. */
export interface ChainsReport {
  readonly questions: number;
  readonly solved: number;
  readonly unsolved: number;
  readonly generated: number;
  readonly right: number;
  readonly discarded: Readonly<Record<ChainFault, number>>;
}

/** The chains of thought that end right, and what became of the others. */
export interface GeneratedChains {
  /** Each solved question with one of its right chains, in the order of the questions. */
  readonly chains: readonly ReasonedQuestion[];
  readonly discarded: readonly DiscardedChain[];
  readonly report: ChainsReport;
}

const rules = {
  parse: callbackOption<GenerateChainsOptions["parse"]>(),
  strategy: objectOption<Strategy>("a strategy", (value) => value instanceof Strategy),
  embedder: objectOption<Embedder>("what embeds questions: { embed }", (value) => typeof value === "object"),
  runs: integerOption(5, { minimum: 1, maximum: 1000 }),
  temperature: {
    expected: "a number from 0 to 2",
    default: 0.2,
    accepts: (value) => typeof value === "number" && value >= 0 && value <= 2,
  } satisfies OptionRule<number> as OptionRule<number>,
  maximumTokens: integerOption(500, { minimum: 1 }),
  seed: seedOption(0),
  verify: callbackOption<NonNullable<GenerateChainsOptions["verify"]>>(),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Let a model write the reasoning of questions whose answers are known, and keep the chains that end at the answer.
 *
 * A chain is verified by the label, and by `verify` where it is given: without it the reasoning may still be wrong. The
 * others are counted and kept aside. Of a
 * question's right chains one is drawn. With a model that has a cache, a second call repeats no finished one.
 *
 * @param generate `(requests, options) => model.generate(requests, options)`
 * @throws {ArgumentError} a question of a test split, or without an answer; a strategy without reasoning
 *
 * @see promptbase, `mmlu`: five shuffled runs over questions with labels, chains with other answers dropped
 *
 * @example
 * const { chains, report } = await generateChains(trainingQuestions, (...call) => model.generate(...call), {
 *   parse: parseAnswer,
 * });
 */
export async function generateChains(
  questions: readonly AnsweredQuestion[],
  generate: Generate,
  options: GenerateChainsOptions,
): Promise<GeneratedChains> {
  const checked = checkOptions(options, rules);
  const {
    parse,
    strategy = chainOfThought(),
    embedder,
    maximumTokens,
    signal,
    seed,
    runs,
    temperature,
    verify,
  } = checked;
  if (parse === undefined)
    throw new ArgumentError("parse", "a function: (text, options) => { index }", parse);
  if (typeof generate !== "function")
    throw new ArgumentError("generate", "a function: (...call) => model.generate(...call)", generate);
  if (!strategy.reasons) throw new ArgumentError("strategy", "one that lets the model reason", strategy.name);
  checkExamples(questions, "questions");
  const several = ensemble(strategy, { runs, temperature, seed });
  const tools = { ...(embedder && { embedder }), ...(signal && { signal }) };
  const prompts = await several.prompts(questions, tools);
  const requests = prompts
    .flat()
    .map(({ text, temperature: heat, seed: draw, stop, run, questionId, dataset }) => ({
      prompt: text,
      maximumTokens,
      temperature: heat,
      seed: draw,
      stop,
      sampleIndex: run,
      about: { id: questionId, ...(dataset !== undefined && { dataset }) },
    }));
  const sensitivity = strictest(prompts.flat().map((prompt) => prompt.sensitivity));
  const outputs = await generate(requests, { sensitivity, ...(signal && { signal }) });
  if (outputs.length !== requests.length)
    throw new ArgumentError(
      "generate",
      `one that gives ${requests.length} texts for so many prompts`,
      outputs,
    );

  // Outputs of a model that was trained on restricted data are, whatever it was asked.
  const areRestricted = someRestricted(outputs);
  const random = new SeededRandom(seed);
  const discarded: DiscardedChain[] = [];
  const right: RightChain[] = [];
  for (const [place, given] of questions.entries()) {
    const isRestricted = areRestricted || someRestricted(prompts[place]!);
    const question = isRestricted ? { ...given, sensitivity: "restricted" as const } : given;
    for (const prompt of prompts[place]!) {
      const { text, finishReason } = outputs[place * runs + prompt.run]!;
      const read = readChain({ text, finishReason }, prompt, question.answerIndex, parse);
      const chain = { question, run: prompt.run, output: text };
      if ("reasoning" in read) right.push({ ...chain, reasoning: read.reasoning });
      else discarded.push(discard(chain, read));
    }
  }
  const held = await verified(right, verify);
  for (const chain of right) {
    const { answerIndex: choice } = chain.question;
    if (!held.has(chain)) discarded.push(discard(chain, { fault: "refuted", choice }));
  }
  const byQuestion = Map.groupBy(held, ({ question }) => question);
  const chains = [...byQuestion].map(([question, own]) => ({
    ...question,
    reasoning: random.fork(`chain of ${keyOf(question)}`).choice(own).reasoning,
  }));
  const count = (fault: ChainFault): number => discarded.filter((chain) => chain.fault === fault).length;
  return {
    chains,
    discarded,
    report: {
      questions: questions.length,
      solved: chains.length,
      unsolved: questions.length - chains.length,
      generated: outputs.length,
      right: held.size,
      discarded: {
        wrong: count("wrong"),
        "no-answer": count("no-answer"),
        "cut-off": count("cut-off"),
        refuted: count("refuted"),
      },
    },
  };
}

/** A chain that ends at the right option. */
interface RightChain {
  readonly question: AnsweredQuestion;
  readonly run: number;
  readonly output: string;
  readonly reasoning: string;
}

async function verified(
  right: readonly RightChain[],
  verify: GenerateChainsOptions["verify"],
): Promise<ReadonlySet<RightChain>> {
  if (verify === undefined || right.length === 0) return new Set(right);
  const verdicts = await verify(right.map(({ question, reasoning }) => ({ ...question, reasoning })));
  if (verdicts.length !== right.length)
    throw new ArgumentError("verify", `one that gives ${right.length} verdicts for so many chains`, verdicts);
  return new Set(right.filter((_, index) => verdicts[index]));
}

function discard(
  { question, run, output }: Omit<RightChain, "reasoning">,
  fault: Pick<DiscardedChain, "fault" | "choice">,
): DiscardedChain {
  const { id: questionId, dataset, sensitivity } = question;
  return {
    questionId,
    ...(dataset !== undefined && { dataset }),
    run,
    ...fault,
    output,
    ...(sensitivity === "restricted" && { sensitivity }),
  };
}

function readChain(
  { text, finishReason }: { readonly text: string; readonly finishReason: "stop" | "length" },
  { options, permutation }: RunPrompt,
  answerIndex: number,
  parse: GenerateChainsOptions["parse"],
): { readonly reasoning: string } | Pick<DiscardedChain, "fault" | "choice"> {
  const { reasoning, answer } = splitReasoning(text);
  // A model that goes on after its answer has given it all the same; one that was cut off within it has not.
  if (finishReason === "length" && !answer?.includes("\n")) return { fault: "cut-off", choice: null };
  const place = answer === undefined || reasoning === "" ? undefined : parse(answer, options)?.index;
  const choice = place === undefined ? null : permutation[place]!;
  if (choice === null) return { fault: "no-answer", choice };
  return choice === answerIndex ? { reasoning } : { fault: "wrong", choice };
}

import { inspect } from "node:util";

import { ArgumentError } from "../core/errors.ts";
import { fingerprint } from "../core/hash.ts";
import { checkOptions, type OptionRule } from "../core/options.ts";
import { multipleChoiceWords, roleKeywords } from "../paper/prompt-format.ts";
import type { Sensitivity } from "../table/sensitivity.ts";
import {
  checkQuestionList,
  keyOf,
  sensitivityOf,
  type PromptExample,
  type PromptQuestion,
} from "./prompt-question.ts";
import type { PromptFormat, PromptWriter } from "./write-prompt.ts";

/** What turns texts into vectors; a `LanguageModel` is one. */
export interface Embedder {
  embed(
    texts: readonly string[],
    options?: { readonly signal?: AbortSignal; readonly sensitivity?: Sensitivity },
  ): Promise<Float32Array[]>;
}

/** What a strategy may need besides the questions. */
export interface StrategyTools {
  /** Its vectors of a pool are kept as long as the object is. */
  readonly embedder?: Embedder;
  readonly signal?: AbortSignal;
}

/** One prompt of one question. An ensemble has several. */
export interface RunPrompt {
  readonly questionId: string;
  readonly dataset?: string;
  /** 0-based; tells samples of equal prompts apart. */
  readonly run: number;
  readonly format: PromptFormat;
  /** Ends before a space; what the model writes begins with it. */
  readonly text: string;
  /** Stands between the reasoning that the model writes and its answer; absent where the answer comes at once. */
  readonly answerCue?: string;
  /** As the prompt shows them. */
  readonly options: readonly string[];
  /** Of each option as it is shown, its place in the question: votes are on these. */
  readonly permutation: readonly number[];
  /** Ids of the examples, in the order of the prompt. */
  readonly exampleIds: readonly string[];
  /** The data sets and splits that they come from, each once. */
  readonly exampleSets: readonly { readonly dataset?: string; readonly split?: string }[];
  readonly temperature: number;
  readonly seed: number;
  readonly stop: readonly string[];
  /** Restricted where the question or one of its examples is. */
  readonly sensitivity: Sensitivity;
}

/** What one run does to a question and its examples. */
export interface RunPlan {
  readonly permutation: readonly number[];
  readonly orderExamples: (
    examples: readonly PromptExample[],
    question: PromptQuestion,
  ) => readonly PromptExample[];
  readonly temperature: number;
  readonly seed: number;
}

/** Plain JSON, so that strategies can be printed and compared. */
export type StrategySettings = {
  readonly [name: string]: string | number | boolean | readonly string[] | StrategySettings;
};

/** What a kind of strategy is made of. */
export interface StrategyParts {
  readonly name: string;
  readonly writer: PromptWriter;
  readonly settings: StrategySettings;
  /** Examples of each question, the one next to the question last. */
  readonly examples?: (
    questions: readonly PromptQuestion[],
    tools: StrategyTools,
  ) => Promise<(readonly PromptExample[])[]>;
  /** @default one run at temperature 0, everything in its own order */
  readonly runs?: (optionCount: number) => readonly RunPlan[];
  /** What `vary` may change, those of the strategy within among it. */
  readonly rules: Readonly<Record<string, OptionRule<unknown>>>;
  /** @param changes that keep the rules, none of them undefined */
  readonly vary: (changes: Readonly<Record<string, unknown>>) => Strategy;
}

/** How a question becomes prompts: a value without state that the outside could change. */
export class Strategy {
  readonly name: string;
  /** The words that it puts around a question. */
  readonly writer: PromptWriter;
  readonly settings: StrategySettings;
  readonly #parts: StrategyParts;

  constructor(parts: StrategyParts) {
    this.name = parts.name;
    this.writer = parts.writer;
    this.settings = parts.settings;
    this.#parts = parts;
  }

  get format(): PromptFormat {
    return this.writer.format;
  }

  /** Whether the model is to reason before it answers. */
  get reasons(): boolean {
    return this.writer.answerCue !== undefined;
  }

  /** Equal for strategies that give equal prompts: of name, settings, and the words around a question. */
  get fingerprint(): string {
    const { name, format, settings } = this;
    return fingerprint({ name, format, settings, words: multipleChoiceWords, keywords: roleKeywords });
  }

  /** What `vary` may change. */
  get rules(): StrategyParts["rules"] {
    return this.#parts.rules;
  }

  /**
   * The same strategy with other options; those of the strategy within an ensemble or a template are reached too.
   *
   * @throws {ArgumentError} an option that there is not, or a value that it cannot have
   */
  vary(changes: object): Strategy {
    checkOptions(changes ?? null, this.rules);
    const given = Object.entries(changes).filter(([, value]) => value !== undefined);
    return this.#parts.vary(Object.fromEntries(given));
  }

  /** The examples that each question is shown with, the one next to it last. */
  async examples(
    questions: readonly PromptQuestion[],
    tools: StrategyTools = {},
  ): Promise<(readonly PromptExample[])[]> {
    return (await this.#parts.examples?.(questions, tools)) ?? questions.map(() => []);
  }

  runs(optionCount: number): readonly RunPlan[] {
    return this.#parts.runs?.(optionCount) ?? [singleRun(optionCount)];
  }

  /**
   * The prompts of each question's runs, in the order of the questions.
   *
   * @throws {ArgumentError} a question without 2 to 10 options, or one that the strategy finds no examples for
   */
  async prompts(questions: readonly PromptQuestion[], tools: StrategyTools = {}): Promise<RunPrompt[][]> {
    checkQuestionList(questions, "questions");
    const examples = await this.examples(questions, tools);
    return questions.map((question, index) =>
      this.runs(question.options.length).map((plan, run) =>
        this.#write(question, run, plan, examples[index]!),
      ),
    );
  }

  #write(question: PromptQuestion, run: number, plan: RunPlan, found: readonly PromptExample[]): RunPrompt {
    const { permutation, temperature, seed } = plan;
    const { format, answerCue, stop } = this.writer;
    const options = permutation.map((place) => question.options[place]!);
    const examples = plan.orderExamples(found, question);
    return {
      questionId: question.id,
      ...(question.dataset !== undefined && { dataset: question.dataset }),
      run,
      format,
      text: this.writer.write({ ...question, options }, examples),
      ...(answerCue !== undefined && { answerCue }),
      options,
      permutation,
      exampleIds: examples.map(({ id }) => id),
      exampleSets: setsOf(examples),
      temperature,
      seed,
      stop,
      sensitivity: sensitivityOf([question, ...examples]),
    };
  }

  /** `medprompt { runs: 5, temperature: 0, ... }` */
  toString(): string {
    return `${this.name} ${inspect(this.settings, { depth: 4, breakLength: Infinity })}`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

function setsOf(examples: readonly PromptExample[]): RunPrompt["exampleSets"] {
  const sets = examples.map(({ dataset, split }) => ({
    ...(dataset !== undefined && { dataset }),
    ...(split !== undefined && { split }),
  }));
  return [...new Map(sets.map((set) => [JSON.stringify(set), set])).values()];
}

function singleRun(optionCount: number): RunPlan {
  const permutation = Array.from({ length: optionCount }, (_, place) => place);
  return { permutation, orderExamples: (examples) => examples, temperature: 0, seed: 0 };
}

/** @throws {ArgumentError} no strategy */
export function checkStrategy(value: Strategy, parameter: string): void {
  if (!(value instanceof Strategy))
    throw new ArgumentError(parameter, "a strategy, such as zeroShot()", value);
}

/** The changes of a strategy's own options, and those of the strategy within it. */
export function splitChanges(
  changes: Readonly<Record<string, unknown>>,
  own: object,
): readonly [own: Record<string, unknown>, inner: Record<string, unknown>] {
  const entries = Object.entries(changes);
  const isOwn = ([name]: [string, unknown]): boolean => Object.hasOwn(own, name);
  return [
    Object.fromEntries(entries.filter(isOwn)),
    Object.fromEntries(entries.filter((entry) => !isOwn(entry))),
  ];
}

/** What fixes a list of examples, in settings; one text of a large pool would be too long for a string. */
export function fingerprintOfExamples(examples: readonly PromptExample[]): string {
  const each = examples.map((example) => {
    const { question, options, answerIndex, context, reasoning } = example;
    return fingerprint({ key: keyOf(example), question, options, answerIndex, context, reasoning });
  });
  return fingerprint(each);
}

import { ArgumentError } from "../core/errors.ts";
import { checkOptions, choiceOption, integerOption, objectOption } from "../core/options.ts";
import { holm } from "../core/statistics/holm.ts";
import type { PairedBootstrapOptions } from "../core/statistics/paired-bootstrap.ts";
import { DISPLAY_SYMBOL, type Displayable } from "../display/bundle.ts";
import { combinations, type Combination } from "../evals/combine-runs.ts";
import { compareResults, type ResultsComparison } from "../evals/compare-results.ts";
import { normalisations, type Normalisation } from "../evals/option-score.ts";
import { checkQuestions, scoreQuestions } from "../evals/score-questions.ts";
import type { QuestionResult } from "../evals/question-result.ts";
import type { Question } from "../evals/question.ts";
import { summarizeResults, type ResultsSummary } from "../evals/summarize-results.ts";
import type { LanguageModel } from "../models/language-model.ts";
import { diffStrategies } from "../prompts/diff-strategies.ts";
import { checkQuestionList } from "../prompts/prompt-question.ts";
import { checkStrategy, type Embedder, type Strategy } from "../prompts/strategy.ts";
import { cellSignal } from "./cell-signal.ts";
import { comparisonBundle, type ShownComparison } from "./comparison-view.ts";
import { LiveBundle } from "./live-bundle.ts";
import { meterModel, type MeteredModel, type Usage } from "./meter-model.ts";
import { clipText } from "./saved-texts.ts";

export interface CompareStrategiesOptions {
  /** @default "sum" */
  readonly normalisation?: Normalisation;
  /** Of ensembles. @default "vote" */
  readonly combination?: Combination;
  /** Of a chain of thought. @default 256 */
  readonly maximumTokens?: number;
  /** For strategies that look for the nearest examples. @default the model */
  readonly embedder?: Embedder;
  readonly signal?: AbortSignal;
}

/** How one strategy did. */
export interface StrategyRow {
  /** The strategy's name, with what tells it from an earlier one of that name. */
  readonly name: string;
  readonly strategy: Strategy;
  readonly summary: ResultsSummary;
  readonly results: readonly QuestionResult[];
  /** Of asking anew, whether or not a cache had the answers. */
  readonly usage: Usage;
  /** Against the first strategy, question by question; absent of the first. */
  readonly againstFirst?: ResultsComparison;
  /** McNemar's p value of that, corrected by Holm for all strategies. */
  readonly correctedP?: number;
}

/** Strategies on the same questions; a notebook shows it as a table. */
export interface StrategyComparison extends Displayable {
  /** In the order of the strategies. */
  readonly rows: readonly StrategyRow[];
}

const rules = {
  normalisation: choiceOption("sum", normalisations),
  combination: choiceOption("vote", combinations),
  maximumTokens: integerOption(256, { minimum: 1 }),
  embedder: objectOption<Embedder>(
    "what has embed",
    (value) => typeof (value as Embedder)?.embed === "function",
  ),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/** Questions that each strategy answers before the first is asked more, so that the table fills in evenly. */
const questionsAtATime = 25;

/**
 * Ask a model the same questions by several strategies, and say which differences are real.
 *
 * Answers are scored by the likelihood of their whole text, after the model's reasoning where a strategy asks for it. In
 * a notebook the table fills in while it runs, some questions of every strategy at a time, and interrupting the cell
 * leaves what was found. With a model that has a cache only the calls of a strategy that changed are made again; tokens
 * and cost are those of asking anew. Formats that cannot be compared are marked.
 *
 * @throws {ArgumentError} no strategies, two equal ones, or what `scoreQuestions` refuses
 * @throws {ModelError} of the endpoint
 *
 * @example
 * const { rows } = await compareStrategies([zeroShot(), chainOfThought(), medprompt(chains)], questions, model);
 */
export async function compareStrategies(
  strategies: readonly Strategy[],
  questions: readonly Question[],
  model: LanguageModel,
  options: CompareStrategiesOptions = {},
): Promise<StrategyComparison> {
  const { signal, embedder = model, ...scoring } = checkOptions(options, rules);
  if (!Array.isArray(strategies) || strategies.length === 0)
    throw new ArgumentError("strategies", "a list of at least one", strategies);
  for (const [index, strategy] of strategies.entries()) checkStrategy(strategy, `strategies[${index}]`);
  checkQuestionList(questions, "questions");
  checkQuestions(questions);
  const asked = nameStrategies(strategies).map((name, index) => ({
    name,
    strategy: strategies[index]!,
    model: meterModel(model),
    results: [] as QuestionResult[],
  }));
  const ended = cellSignal(signal);
  const screen = new LiveBundle();
  const show = (state: ShownComparison["state"], doing?: string): void =>
    screen.show(() => {
      const done = Math.min(...asked.map(({ results }) => results.length));
      // The interval of the difference takes long to draw, and is not shown.
      const rows = rowsOf(asked, { samples: 100 });
      return comparisonBundle({ state, ...(doing && { doing }), questions, asked: done, rows });
    });
  try {
    for (let start = 0; start < questions.length; start += questionsAtATime) {
      const some = questions.slice(start, start + questionsAtATime);
      for (const each of asked) {
        const doing = `${each.name}: questions ${start + 1} to ${start + some.length}`;
        show("running", doing);
        const { results } = await scoreQuestions(each.model, some, {
          ...scoring,
          strategy: each.strategy,
          scoring: each.strategy.reasons ? "chain-then-full-text" : "full-text",
          embedder,
          signal: ended,
          onProgress: everyHalfSecond(({ done, total }) =>
            show("running", `${doing}, ${done} of ${total} calls`),
          ),
        });
        each.results.push(...results);
      }
    }
  } catch (error) {
    show("stopped");
    throw error;
  }
  show("done");
  const rows = rowsOf(asked, {});
  const bundle = comparisonBundle({ state: "done", questions, asked: questions.length, rows });
  const words = `${strategies.length} strategies on ${questions.length} questions, above`;
  return { rows, [DISPLAY_SYMBOL]: () => (screen.isOfThisCell ? { "text/plain": words } : bundle) };
}

interface AskedStrategy {
  readonly name: string;
  readonly strategy: Strategy;
  readonly model: MeteredModel;
  readonly results: readonly QuestionResult[];
}

/** Of the strategies that have answers; each is compared with the first on the questions that it has answered. */
function rowsOf(asked: readonly AskedStrategy[], bootstrap: PairedBootstrapOptions): StrategyRow[] {
  const answered = asked.filter(({ results }) => results.length > 0);
  const [first, ...others] = answered;
  const compared = others.map(({ results }) =>
    compareResults(first!.results.slice(0, results.length), results, bootstrap),
  );
  const corrected = holm(compared.map(({ p }) => p));
  return answered.map(({ name, strategy, model, results }, index) => ({
    name,
    strategy,
    results: [...results],
    summary: summarizeResults(results),
    usage: model.usage,
    ...(index > 0 && { againstFirst: compared[index - 1]!, correctedP: corrected[index - 1]! }),
  }));
}

/** Settings that would make no name: a template is told by its format. */
const untold = /(?:^|\.)(?:fingerprint|template|answerCue|stop|showsOptions|name)$/u;

function nameStrategies(strategies: readonly Strategy[]): string[] {
  return strategies.map((strategy, index) => {
    const earlier = strategies.slice(0, index).filter(({ name }) => name === strategy.name);
    if (earlier.length === 0) return strategy.name;
    const equal = earlier.find(({ fingerprint }) => fingerprint === strategy.fingerprint);
    if (equal !== undefined)
      throw new ArgumentError(`strategies[${index}]`, "other than those before it", String(strategy));
    const settings = diffStrategies(earlier[0]!, strategy).filter(({ setting }) => !untold.test(setting));
    const told = settings
      .map(({ setting, right }) => `${setting}: ${clipText(String(right), 40)}`)
      .join(", ");
    return `${strategy.name} (${told || `number ${earlier.length + 1}`})`;
  });
}

function everyHalfSecond<Value>(act: (value: Value) => void): (value: Value) => void {
  let last = -Infinity;
  return (value) => {
    if (performance.now() - last < 500) return;
    last = performance.now();
    act(value);
  };
}

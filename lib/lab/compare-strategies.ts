import { randomUUID } from "node:crypto";

import { ArgumentError } from "../core/errors.ts";
import { checkOptions, choiceOption, integerOption, objectOption } from "../core/options.ts";
import { DISPLAY_SYMBOL, type Displayable, type RichBundle } from "../display/bundle.ts";
import { jupyterHost } from "../display/jupyter-host.ts";
import { html } from "../display/markup.ts";
import { combinations, type Combination } from "../evals/combine-runs.ts";
import { compareResults, type ResultsComparison } from "../evals/compare-results.ts";
import { normalisations, type Normalisation } from "../evals/option-score.ts";
import type { QuestionResult } from "../evals/question-result.ts";
import type { Question } from "../evals/question.ts";
import { scoreQuestions } from "../evals/score-questions.ts";
import type { ResultsSummary } from "../evals/summarize-results.ts";
import type { LanguageModel } from "../models/language-model.ts";
import { diffStrategies } from "../prompts/diff-strategies.ts";
import type { Embedder, Strategy } from "../prompts/strategy.ts";
import { cellSignal } from "./cell-signal.ts";

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
  /** Against the first strategy, question by question; absent of the first. */
  readonly againstFirst?: ResultsComparison;
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

/**
 * Ask a model the same questions by several strategies, and say which differences are real.
 *
 * Answers are scored by the likelihood of their whole text, after the model's reasoning where a strategy asks for it. In
 * a notebook the table fills in while it runs, and interrupting the cell ends it. With a model that has a cache only the calls of a strategy that changed
 * are made again. Formats that cannot be compared are marked.
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
  const { signal, embedder, ...scoring } = checkOptions(options, rules);
  if (strategies.length === 0) throw new ArgumentError("strategies", "at least one", strategies);
  const names = nameStrategies(strategies);
  const ended = cellSignal(signal);
  const host = jupyterHost();
  const displayId = randomUUID();
  const rows: StrategyRow[] = [];
  const show = (doing?: string): void => {
    host?.display(comparisonBundle(rows, doing), { displayId, update: shown });
    shown = true;
  };
  let shown = false;
  for (const [index, strategy] of strategies.entries()) {
    const name = names[index]!;
    show(`${name}: asking`);
    const { results, summary } = await scoreQuestions(model, questions, {
      ...scoring,
      strategy,
      scoring: strategy.format === "chain-of-thought" ? "chain-then-full-text" : "full-text",
      ...(embedder && { embedder }),
      signal: ended,
      onProgress: everyHalfSecond(({ done, total }) => show(`${name}: ${done} of ${total} calls`)),
    });
    const first = rows[0];
    const compared = first && { againstFirst: compareResults(first.results, results) };
    rows.push({ name, strategy, summary, results, ...compared });
  }
  show();
  return { rows, [DISPLAY_SYMBOL]: () => comparisonBundle(rows) };
}

function nameStrategies(strategies: readonly Strategy[]): string[] {
  return strategies.map((strategy, index) => {
    const earlier = strategies.slice(0, index).filter(({ name }) => name === strategy.name);
    if (earlier.length === 0) return strategy.name;
    const equal = earlier.find(({ fingerprint }) => fingerprint === strategy.fingerprint);
    if (equal !== undefined)
      throw new ArgumentError(`strategies[${index}]`, "other than those before it", String(strategy));
    const settings = diffStrategies(earlier[0]!, strategy).filter(
      ({ setting }) => !setting.endsWith("fingerprint"),
    );
    const told = settings.map(({ setting, right }) => `${setting}: ${String(right)}`).join(", ");
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

const headings = ["Strategy", "Accuracy", "95 % interval", "Tokens", "Against the first", "Flips", "p", ""];

function comparisonBundle(rows: readonly StrategyRow[], doing?: string): RichBundle {
  const cells = rows.map(cellsOf);
  const page = html`<table>
    <caption>
      ${doing ?? captionOf(rows)}
    </caption>
    <thead>
      <tr>
        ${headings.map((name) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${cells.map(
        (row) =>
          html`<tr>
            ${row.map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
  const text = [
    ...cells.map((row) => row.filter((cell) => cell !== "").join("  ")),
    ...(doing ? [doing] : []),
  ];
  return { data: { "text/html": String(page), "text/plain": text.join("\n") } };
}

function captionOf(rows: readonly StrategyRow[]): string {
  return `${rows[0]?.summary.n ?? 0} questions; p by McNemar's exact test, not corrected for several strategies`;
}

function cellsOf({ name, summary, againstFirst }: StrategyRow): string[] {
  const { accuracy, interval, tokens } = summary;
  const fixed = [
    name,
    percent(accuracy),
    `${percent(interval.low)} to ${percent(interval.high)}`,
    tokens.toLocaleString("en-US"),
  ];
  if (againstFirst === undefined) return [...fixed, "", "", "", ""];
  const { difference, flips, p, notComparable } = againstFirst;
  const gained = flips.filter(({ now }) => now === "right").length;
  return [
    ...fixed,
    `${difference < 0 ? "−" : "+"}${percent(Math.abs(difference))}`,
    `${gained} now right, ${flips.length - gained} now wrong`,
    p.toPrecision(2),
    notComparable.length > 0 ? `not comparable: ${notComparable.join("; ")}` : "",
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

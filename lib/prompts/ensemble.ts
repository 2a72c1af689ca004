import { ArgumentError } from "../core/errors.ts";
import { booleanOption, checkOptions, integerOption, seedOption, type OptionRule } from "../core/options.ts";
import { SeededRandom } from "../core/seeded-random.ts";
import { balancedPermutations } from "./balanced-permutations.ts";
import { nearestExamples, nearestRules, type NearestExamplesOptions } from "./nearest-examples.ts";
import { keyOf, type PromptExample } from "./prompt-question.ts";
import { checkStrategy, splitChanges, Strategy, type RunPlan } from "./strategy.ts";

export interface EnsembleOptions {
  /** @default 5 */
  readonly runs?: number;
  /** @default 0.2 */
  readonly temperature?: number;
  /** Of the orders and of the model's draws. @default 0 */
  readonly seed?: number | string;
  /** Whether each run shows the examples in an order of its own. @default true */
  readonly shuffleExamples?: boolean;
}

const rules = {
  runs: integerOption(5, { minimum: 1, maximum: 1000 }),
  temperature: {
    expected: "a number from 0 to 2",
    default: 0.2,
    accepts: (value) => typeof value === "number" && value >= 0 && value <= 2,
  } satisfies OptionRule<number> as OptionRule<number>,
  seed: seedOption(0),
  shuffleExamples: booleanOption(true),
};

/**
 * A strategy asked several times, with the options (and the examples) in other orders; `majorityVote` joins the answers.
 *
 * The orders of options are balanced, and the same for all questions with as many options. With `nearestExamples` this
 * is the paper's CoT-En: five runs at temperature 0.2.
 *
 * @param strategy of one run, that shows the options
 *
 * @example
 * ensemble(chainOfThought(), { runs: 3 }).runs(4).length //=> 3
 */
export function ensemble(strategy: Strategy, options: EnsembleOptions = {}): Strategy {
  return namedEnsemble("ensemble", strategy, options);
}

export interface MedpromptOptions extends EnsembleOptions, NearestExamplesOptions {}

const medpromptRules = {
  ...rules,
  temperature: { ...rules.temperature, default: 0 },
  shuffleExamples: booleanOption(false),
  ...nearestRules,
};

/**
 * Medprompt as published: the five nearest examples with self-generated chains, the nearest last, in five runs with
 * shuffled options.
 *
 * Unlike the paper's CoT-En (see `ensemble`) the examples keep their order, and the temperature is 0.
 *
 * @param pool chains from `generateChains`
 *
 * @see Nori et al. 2023, "Can generalist foundation models outcompete special-purpose tuning?"
 *
 * @example
 * const strategy = medprompt(chains, { seed: 7 });
 * strategy.vary({ count: 3, runs: 11 });
 */
export function medprompt(pool: readonly PromptExample[], options: MedpromptOptions = {}): Strategy {
  const { count, copySimilarity, store, ...own } = checkOptions(options, medpromptRules);
  const nearest = nearestExamples(pool, { count, copySimilarity, ...(store && { store }) });
  return namedEnsemble("medprompt", nearest, own);
}

function namedEnsemble(name: string, strategy: Strategy, options: EnsembleOptions): Strategy {
  checkStrategy(strategy, "strategy");
  const checked = checkOptions(options, rules);
  if (!strategy.writer.showsOptions || "runs" in strategy.settings)
    throw new ArgumentError("strategy", "of one run, that shows the options", strategy.name);
  return new Strategy({
    name,
    writer: strategy.writer,
    settings: { ...checked, of: { name: strategy.name, ...strategy.settings } },
    examples: (questions, tools) => strategy.examples(questions, tools),
    runs: (optionCount) => planRuns(optionCount, checked),
    rules: { ...rules, ...strategy.rules },
    vary: (changes) => {
      const [own, inner] = splitChanges(changes, rules);
      return namedEnsemble(name, strategy.vary(inner), { ...checked, ...own });
    },
  });
}

function planRuns(optionCount: number, options: Required<EnsembleOptions>): RunPlan[] {
  const { runs, temperature, seed, shuffleExamples } = options;
  const random = new SeededRandom(seed);
  return balancedPermutations(optionCount, runs, seed).map((permutation, run) => ({
    permutation,
    orderExamples: (examples, question) =>
      shuffleExamples
        ? random.fork(`examples of ${keyOf(question)} in run ${run}`).shuffle(examples)
        : examples,
    temperature,
    // Servers take 31 bits.
    seed: random.fork(`run ${run}`).bits32() >>> 1,
  }));
}

import { setImmediate } from "node:timers/promises";

import { ArgumentError } from "../core/errors.ts";
import { checkOptions, integerOption, shareOption } from "../core/options.ts";
import { formatOf } from "./few-shot.ts";
import {
  isCopyOf,
  keyOf,
  sensitivityOf,
  type PromptExample,
  type PromptQuestion,
} from "./prompt-question.ts";
import { fingerprintOfExamples, Strategy, type Embedder, type StrategyTools } from "./strategy.ts";
import { VectorIndex } from "./vector-index.ts";
import type { PromptFormat } from "./write-prompt.ts";

export interface NearestExamplesOptions {
  /** @default 5 */
  readonly count?: number;
  /** Jaccard similarity of word 5-grams from which on an example is a copy of the question. @default 0.8 */
  readonly copySimilarity?: number;
}

const rules = { count: integerOption(5, { minimum: 1 }), copySimilarity: shareOption(0.8) };

/**
 * Before each question the examples of a pool that are most like it, the nearest last.
 *
 * Likeness is the cosine of the embeddings of the question texts alone; of equal ones the earlier in the pool is the
 * nearer. The question itself, texts that hold it and near copies of it are passed over.
 *
 * @param pool as those of `fewShot`; embedded once for each embedder
 * @throws {ArgumentError} as `fewShot`; when prompts are written: no embedder, or too few examples that are no copies
 *
 * @see promptbase, `mmlu`: the nearest five by cosine similarity of bare questions, the nearest last
 *
 * @example
 * const strategy = nearestExamples(chains, { count: 5 });
 * const [prompts] = await strategy.prompts([question], { embedder: model });
 */
export function nearestExamples(
  pool: readonly PromptExample[],
  options: NearestExamplesOptions = {},
): Strategy {
  const format = formatOf(pool, "pool");
  const copy = [...pool];
  return nearestOfPool(
    { examples: copy, format, fingerprint: fingerprintOfExamples(copy), indexes: new WeakMap() },
    options,
  );
}

/** What variations of a strategy share, so that a pool is embedded once for all of them. */
interface Pool {
  readonly examples: readonly PromptExample[];
  readonly format: PromptFormat;
  readonly fingerprint: string;
  readonly indexes: WeakMap<Embedder, Promise<VectorIndex>>;
}

function nearestOfPool(pool: Pool, options: NearestExamplesOptions): Strategy {
  const checked = checkOptions(options, rules);
  return new Strategy({
    name: "nearest-examples",
    format: pool.format,
    settings: { ...checked, poolSize: pool.examples.length, fingerprint: pool.fingerprint },
    examples: async (questions, tools) => {
      if (questions.length === 0) return [];
      const { embedder } = tools;
      if (embedder === undefined)
        throw new ArgumentError("embedder", "what embeds questions: { embed }", embedder);
      const index = await indexOfPool(pool, embedder, tools);
      const vectors = await embedTexts(questions, embedder, tools);
      const found: PromptExample[][] = [];
      for (const [place, question] of questions.entries()) {
        found.push(nearestOf(question, vectors[place]!, index, pool.examples, checked));
        // Many questions take seconds: others get their turn, and an interrupt is heard.
        if (place % 8 === 7) await setImmediate();
        tools.signal?.throwIfAborted();
      }
      return found;
    },
    vary: (changes) => nearestOfPool(pool, { ...checked, ...changes }),
  });
}

function nearestOf(
  question: PromptQuestion,
  vector: Float32Array,
  index: VectorIndex,
  pool: readonly PromptExample[],
  { count, copySimilarity }: Required<NearestExamplesOptions>,
): PromptExample[] {
  for (let asked = count + 8; ; asked *= 4) {
    const usable = index
      .nearest(vector, asked)
      .map((neighbour) => pool[neighbour.index]!)
      .filter((example) => !isCopyOf(question, example, copySimilarity));
    if (usable.length >= count) return usable.slice(0, count).reverse();
    if (asked >= pool.length) {
      const expected = `at least ${count} examples that are no copies of question ${keyOf(question)}`;
      throw new ArgumentError("pool", expected, usable.length);
    }
  }
}

function indexOfPool(
  { examples, indexes }: Pool,
  embedder: Embedder,
  tools: StrategyTools,
): Promise<VectorIndex> {
  const known = indexes.get(embedder);
  if (known !== undefined) return known;
  const index = embedTexts(examples, embedder, tools).then((vectors) => VectorIndex.of(vectors));
  indexes.set(embedder, index);
  // A failure is not kept: the next call tries again.
  index.catch(() => indexes.delete(embedder));
  return index;
}

async function embedTexts(
  questions: readonly PromptQuestion[],
  embedder: Embedder,
  { signal }: StrategyTools,
): Promise<Float32Array[]> {
  const texts = questions.map(({ question }) => question);
  const vectors = await embedder.embed(texts, {
    sensitivity: sensitivityOf(questions),
    ...(signal && { signal }),
  });
  if (vectors.length !== texts.length)
    throw new ArgumentError("embedder", `one that gives ${texts.length} vectors for so many texts`, vectors);
  return vectors;
}

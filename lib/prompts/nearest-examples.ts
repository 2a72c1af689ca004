import { ArgumentError } from "../core/errors.ts";
import { checkOptions, integerOption, objectOption, shareOption } from "../core/options.ts";
import { formatOf } from "./few-shot.ts";
import {
  copyExamples,
  isCopyOf,
  keyOf,
  sensitivityOf,
  type PromptExample,
  type PromptQuestion,
} from "./prompt-question.ts";
import { fingerprintOfExamples, Strategy, type Embedder, type StrategyTools } from "./strategy.ts";
import type { Neighbour } from "./vector-index.ts";
import { inMemory, type VectorSearch, type VectorStore } from "./vector-store.ts";
import { paperWriter, type PaperFormat } from "./write-prompt.ts";

export interface NearestExamplesOptions {
  /** @default 5 */
  readonly count?: number;
  /** Jaccard similarity of word 5-grams from which on an example is a copy of the question. @default 0.8 */
  readonly copySimilarity?: number;
  /** Where the pool's embeddings are kept and searched; the neighbours are the same. @default in memory */
  readonly store?: VectorStore;
}

/** Of the options. */
export const nearestRules = {
  count: integerOption(5, { minimum: 1 }),
  copySimilarity: shareOption(0.8),
  store: objectOption<VectorStore>(
    "a vector store, such as milvusStore(client)",
    (value) => typeof (value as VectorStore)?.index === "function",
  ),
};

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
  const copy = copyExamples(pool);
  return nearestOfPool(
    { examples: copy, format, fingerprint: fingerprintOfExamples(copy), indexes: new WeakMap() },
    options,
  );
}

/** What variations of a strategy share, so that a pool is embedded once for all of them. */
interface Pool {
  readonly examples: readonly PromptExample[];
  readonly format: PaperFormat;
  readonly fingerprint: string;
  readonly indexes: WeakMap<VectorStore, WeakMap<Embedder, Promise<VectorSearch>>>;
}

function nearestOfPool(pool: Pool, options: NearestExamplesOptions): Strategy {
  const { store = inMemory, ...settings } = checkOptions(options, nearestRules);
  return new Strategy({
    name: "nearest-examples",
    writer: paperWriter(pool.format),
    settings: { ...settings, poolSize: pool.examples.length, fingerprint: pool.fingerprint },
    examples: async (questions, tools) => {
      if (questions.length === 0) return [];
      const { embedder, signal } = tools;
      if (typeof embedder?.embed !== "function")
        throw new ArgumentError("embedder", "what embeds questions: { embed }", embedder);
      const search = await indexOfPool(pool, store, embedder, tools);
      const vectors = await embedTexts(questions, embedder, tools);
      const how = { sensitivity: sensitivityOf(questions), ...(signal && { signal }) };
      return nearestOf(questions, pool.examples, settings, (places, count) =>
        search.nearest(
          places.map((place) => vectors[place]!),
          count,
          how,
        ),
      );
    },
    rules: nearestRules,
    vary: (changes) => nearestOfPool(pool, { store, ...settings, ...changes }),
  });
}

/** Of each question as many examples as are wanted that are no copies of it, the nearest last. */
async function nearestOf(
  questions: readonly PromptQuestion[],
  pool: readonly PromptExample[],
  { count, copySimilarity }: { readonly count: number; readonly copySimilarity: number },
  search: (places: readonly number[], count: number) => Promise<Neighbour[][]>,
): Promise<PromptExample[][]> {
  const found: PromptExample[][] = [];
  let pending = [...questions.keys()];
  for (let asked = count + 8; pending.length > 0; asked *= 4) {
    const neighbours = await search(pending, asked);
    const short: number[] = [];
    for (const [index, place] of pending.entries()) {
      const question = questions[place]!;
      const usable = neighbours[index]!.map((neighbour) => pool[neighbour.index]!).filter(
        (example) => !isCopyOf(question, example, copySimilarity),
      );
      found[place] = usable.slice(0, count).reverse();
      if (usable.length >= count) continue;
      if (asked >= pool.length) {
        const expected = `at least ${count} examples that are no copies of question ${keyOf(question)}`;
        throw new ArgumentError("pool", expected, usable.length);
      }
      short.push(place);
    }
    pending = short;
  }
  return found;
}

function indexOfPool(
  { examples, indexes }: Pool,
  store: VectorStore,
  embedder: Embedder,
  tools: StrategyTools,
): Promise<VectorSearch> {
  const ofStore = indexes.get(store) ?? new WeakMap<Embedder, Promise<VectorSearch>>();
  indexes.set(store, ofStore);
  const known = ofStore.get(embedder);
  if (known !== undefined) return known;
  const { signal } = tools;
  const index = embedTexts(examples, embedder, tools).then((vectors) =>
    store.index(vectors, { sensitivity: sensitivityOf(examples), ...(signal && { signal }) }),
  );
  ofStore.set(embedder, index);
  // A failure is not kept: the next call tries again.
  index.catch(() => ofStore.delete(embedder));
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

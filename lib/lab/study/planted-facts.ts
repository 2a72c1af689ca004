import { checkList } from "../../core/arguments.ts";
import { checkOptions, integerOption, seedOption } from "../../core/options.ts";
import { SeededRandom } from "../../core/seeded-random.ts";
import type { Document } from "../../corpus/document.ts";
import type { Question } from "../../evals/question.ts";
import { ArgumentError } from "../../core/errors.ts";
import { doses, factKinds, organs, syllables, valuesPerKind, type FactKind } from "./fact-kinds.ts";

/** Name of the questions' data set. */
const plantedDataset = "planted-facts";

/** The test questions of a block are four with the same four options, so no share of fewer is whole. */
const block = 4;
/** Of the facts of each kind: enough learned ones that fine-tuning teaches to look a fact up, not those facts. */
const testShare = 0.3;

export interface PlantedFactsOptions {
  /** @default 0 */
  readonly seed?: number | string;
  /** Facts in all, a multiple of 24: as many doses, organs and indications. @default 192 */
  readonly count?: number;
}

/** One made-up fact: an entity that has a value. */
export interface PlantedFact {
  readonly kind: FactKind["name"];
  readonly entity: string;
  readonly value: string;
  /** Fine-tuning asks for the facts of "training"; those of "test" are stated in the corpus alone. */
  readonly half: "training" | "test";
}

/** Made-up facts and the questions on them. */
export interface PlantedFacts {
  readonly facts: readonly PlantedFact[];
  /** A question a fact, in the order of the facts. */
  readonly questions: { readonly training: readonly Question[]; readonly test: readonly Question[] };
}

/**
 * Made-up medical facts with a question on each, which only a reader of the facts can answer above chance.
 *
 * Questions come in blocks of four that share their four options, each right once and each place right once. Whoever
 * goes by the options, their order, their lengths or their kind, and not by what is asked about, is right on exactly
 * one of four.
 *
 * @throws {ArgumentError} a count that is no multiple of 24
 *
 * @example
 * plantedFacts({ seed: 1 }).questions.test[0].options.length //=> 4
 */
export function plantedFacts(options: PlantedFactsOptions = {}): PlantedFacts {
  const { seed, count } = checkOptions(options, {
    seed: seedOption(0),
    count: integerOption(192, { minimum: 48, maximum: 6000 }),
  });
  if (count % (2 * block * factKinds.length) !== 0)
    throw new ArgumentError("count", `a multiple of ${2 * block * factKinds.length}`, count);
  const random = new SeededRandom(seed).fork("planted facts");
  const entitiesPerKind = count / factKinds.length;
  const taken = new Set<string>();
  const named = (label: string, endings: readonly string[]): string[] => {
    const own = random.fork(label);
    return Array.from({ length: entitiesPerKind }, () => makeName(own, endings, taken));
  };
  const drugs = named("drugs", syllables.drugEndings);
  const syndromes = named("syndromes", syllables.syndromeEndings).map((name) => `${name} syndrome`);
  const values = { dose: doses, organ: organs, indication: syndromes.slice(0, valuesPerKind) };
  const facts: PlantedFact[] = [];
  const questions = { training: [] as Question[], test: [] as Question[] };
  for (const kind of factKinds) {
    const own = random.fork(kind.name);
    const entities = own.shuffle(kind.about === "drug" ? drugs : syndromes);
    const testBlocks = Math.max(1, Math.round((entities.length / block) * testShare));
    const firstOfTest = entities.length - testBlocks * block;
    let unused: string[] = [];
    for (let start = 0; start < entities.length; start += block) {
      if (unused.length === 0) unused = own.shuffle(values[kind.name]);
      const offered = unused.splice(0, block);
      const half = start < firstOfTest ? "training" : "test";
      const places = own.shuffle([0, 1, 2, 3]);
      for (const [index, value] of offered.entries()) {
        const fact: PlantedFact = { kind: kind.name, entity: entities[start + index]!, value, half };
        const others = own.shuffle(offered.filter((each) => each !== value));
        facts.push(fact);
        questions[half].push(questionOn(fact, kind, others, places[index]!));
      }
    }
  }
  return { facts, questions };
}

/** @param others the wrong options @param place of the right one among them */
function questionOn(
  { entity, value, half }: PlantedFact,
  { name, question }: FactKind,
  others: readonly string[],
  place: number,
): Question {
  return {
    id: `${name}-${entity.replace(" ", "-").toLowerCase()}`,
    dataset: plantedDataset,
    question: question(entity),
    options: others.toSpliced(place, 0, value),
    answerIndex: place,
    subject: name,
    split: half,
    metadata: {},
  };
}

function makeName(random: SeededRandom, endings: readonly string[], taken: Set<string>): string {
  const { consonants, vowels, closing } = syllables;
  for (;;) {
    const open = (): string => random.choice(consonants) + random.choice(vowels);
    const name = open() + open() + random.choice(closing) + random.choice(endings);
    if (taken.has(name)) continue;
    taken.add(name);
    return name[0]!.toUpperCase() + name.slice(1);
  }
}

export interface PlantFactsOptions {
  /** How often each fact is stated, in turn in each of its sentences. @default 12 */
  readonly statements?: number;
  /** Of the places. @default 0 */
  readonly seed?: number | string;
}

/**
 * The same documents with statements of the facts between their sentences, each fact in documents drawn for it.
 *
 * @throws {ArgumentError} no documents
 *
 * @example
 * const planted = plantFacts(documents, plantedFacts().facts, { statements: 6 });
 */
export function plantFacts(
  documents: readonly Document[],
  facts: readonly PlantedFact[],
  options: PlantFactsOptions = {},
): Document[] {
  checkList("documents", "a list of documents", documents);
  checkList("facts", "a list of facts", facts);
  const { statements, seed } = checkOptions(options, {
    statements: integerOption(12, { minimum: 1, maximum: 10_000 }),
    seed: seedOption(0),
  });
  if (documents.length === 0) throw new ArgumentError("documents", "at least one", documents);
  const random = new SeededRandom(seed).fork("places of planted facts");
  const sentencesOf = new Map(factKinds.map(({ name, statements: held }) => [name, held]));
  const held: string[][] = documents.map(() => []);
  for (const { kind, entity, value } of facts) {
    const sentences = sentencesOf.get(kind)!;
    for (let turn = 0; turn < statements; turn++)
      held[random.integer(0, documents.length)]!.push(sentences[turn % sentences.length]!(entity, value));
  }
  return documents.map((document, index) => ({
    ...document,
    text: withStatements(document.text, random.shuffle(held[index]!), random),
  }));
}

/** Headings and tables stay as they are. */
function withStatements(text: string, statements: readonly string[], random: SeededRandom): string {
  const lines = text.split("\n").map((line) => (isProse(line) ? line.split(/(?<=[.!?]) /u) : [line]));
  const prose = lines.filter(([first]) => isProse(first!));
  if (prose.length === 0) prose.push(lines[lines.push([]) - 1]!);
  for (const statement of statements) {
    const sentences = random.choice(prose);
    sentences.splice(random.integer(0, sentences.length + 1), 0, statement);
  }
  return lines.map((sentences) => sentences.join(" ")).join("\n");
}

function isProse(line: string): boolean {
  return line !== "" && !line.startsWith("#") && !line.startsWith("|");
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { readDocumentLines, writeDocuments, type Document } from "../../corpus/document.ts";
import { readDocuments } from "../../corpus/read/read-documents.ts";
import { loadTokenizer } from "../../corpus/tokens/load-tokenizer.ts";
import { readManifest } from "../../corpus/tokens/manifest.ts";
import { trainTokenizer } from "../../corpus/tokens/train-tokenizer.ts";
import { resolveDataset } from "../../data/resolve-dataset.ts";
import { sampleText } from "../../instruct/instruct-sample.ts";
import { questionSamples } from "../../instruct/question-samples.ts";
import { runPipeline } from "../corpus-pipeline/run-pipeline.ts";
import type { Stage, StageValue } from "../stages/stage.ts";
import { writeInstructShards } from "../write-instruct-shards.ts";
import { factKinds } from "./fact-kinds.ts";
import { corpusSteps, factsSeedOf, stageNames, tokensFolder, type Arm } from "./miniature-study.ts";
import { plantedFacts, plantFacts } from "./planted-facts.ts";
import {
  learnedQuestions,
  plantedLearnedSet,
  plantedSet,
  questionSets,
  readQuestionLines,
  writeQuestionLines,
} from "./question-stage.ts";
import type { StudySize } from "./study-size.ts";

/** Data sets of the catalogue that the corpus is made of, in the order in which documents are taken. */
const sources = {
  clinical: ["openstax-medical", "pmc-rct"],
  general: ["openstax-general"],
} as const;
const domains = ["clinical", "general"] as const;

const documentsOf = (name: string): string => `${name}.jsonl`;

/** Ordinary documents of both domains, cut to a few hundred words. */
export async function documentsStage({ documents: taken }: StudySize): Promise<Stage> {
  const resolved = { clinical: await resolveAll("clinical"), general: await resolveAll("general") };
  return {
    name: "documents",
    title: "Ordinary documents",
    kind: "source",
    settings: { documents: taken, sources },
    inputs: [],
    files: domains.flatMap((domain) => resolved[domain].map(({ path }) => path)),
    async run({ folder, signal }) {
      const values: Record<string, StageValue> = {};
      for (const domain of domains) {
        const each = Math.ceil(taken[domain] / resolved[domain].length);
        const documents: Document[] = [];
        for (const { path } of resolved[domain])
          documents.push(...(await firstDocuments(path, each, taken.words, signal)));
        await writeDocuments(join(folder, documentsOf(domain)), documents);
        values[`${domain}Documents`] = exact(documents.length);
      }
      return { values };
    },
  };
}

function resolveAll(domain: (typeof domains)[number]) {
  return Promise.all(sources[domain].map((name) => resolveDataset(name)));
}

async function firstDocuments(
  path: string,
  count: number,
  words: number,
  signal: AbortSignal | undefined,
): Promise<Document[]> {
  const documents: Document[] = [];
  for await (const document of readDocuments([path], signal && { signal })) {
    if (documents.length === count) break;
    documents.push({ ...document, text: firstLines(document.text, words) });
  }
  return documents;
}

/** Whole lines, up to the one with which there are as many words. */
function firstLines(text: string, words: number): string {
  let held = 0;
  const lines = text.split("\n");
  const end = lines.findIndex((line) => (held += line.split(/\s+/u).length) >= words);
  return lines.slice(0, end < 0 ? lines.length : end + 1).join("\n");
}

/** The facts of one seed, the clinical documents with statements of them, and the questions on them. */
export function factsStage({ facts: { count, statements } }: StudySize, seed: number): Stage {
  const factsSeed = factsSeedOf(seed);
  return {
    name: stageNames.facts(seed),
    title: `Made-up facts of seed ${seed}, stated in the clinical documents, and questions on them`,
    kind: "source",
    settings: { count, statements, factsSeed },
    inputs: ["documents"],
    files: [],
    async run({ folder, input }) {
      const { facts, questions } = plantedFacts({ seed: factsSeed, count });
      const ordinary = await Array.fromAsync(
        readDocumentLines(join(input("documents"), documentsOf("clinical"))),
      );
      const planted = plantFacts(ordinary, facts, { statements, seed: factsSeed });
      await writeDocuments(join(folder, documentsOf("clinical-with-facts")), planted);
      await writeQuestionLines(folder, plantedSet, questions.test);
      await writeQuestionLines(folder, plantedLearnedSet, questions.training);
      return {
        values: {
          statements: exact(facts.length * statements),
          shareOfStatements: exact(1 - characters(ordinary) / characters(planted)),
          asked: exact(questions.test.length),
          learned: exact(questions.training.length),
        },
      };
    },
  };
}

function characters(documents: readonly Document[]): number {
  return documents.reduce((sum, { text }) => sum + text.length, 0);
}

/** One vocabulary for both arms of a seed, of what is pretrained on and what is fine-tuned on. */
export function tokenizerStage(size: StudySize, seed: number): Stage {
  const facts = stageNames.facts(seed);
  return {
    name: stageNames.tokenizer(seed),
    title: `A tokenizer of ${size.vocabularySize} tokens for both arms of seed ${seed}`,
    kind: "corpus",
    settings: { vocabularySize: size.vocabularySize },
    inputs: ["documents", facts, "questions"],
    files: [],
    async run({ folder, input, signal }) {
      async function* texts(): AsyncGenerator<{ text: string }> {
        yield* readDocumentLines(join(input(facts), documentsOf("clinical-with-facts")));
        yield* readDocumentLines(join(input("documents"), documentsOf("general")));
        for await (const sample of learnedSamples(input(facts), input("questions"))) {
          const { prompt, response } = sampleText(sample);
          yield { text: prompt + response };
        }
      }
      const tokenizer = await trainTokenizer(texts(), {
        vocabularySize: size.vocabularySize,
        name: "miniature",
        ...(signal && { signal }),
      });
      await tokenizer.save(join(folder, "tokenizer"));
      return { values: { vocabularySize: exact(tokenizer.vocabularySize) } };
    },
  };
}

/** Filtered, deduplicated, decontaminated and tokenized by the corpus pipeline. */
export async function corpusStage(arm: Arm, seed: number): Promise<Stage> {
  const questions = await Promise.all(questionSets.map((name) => resolveDataset(name)));
  const [facts, tokenizerName] = [stageNames.facts(seed), stageNames.tokenizer(seed)];
  const [clinicalStage, clinical] =
    arm === "with-facts" ? [facts, "clinical-with-facts"] : ["documents", "clinical"];
  return {
    name: stageNames.corpus(arm, seed),
    title: `The corpus ${arm.replace("-", " ")}, seed ${seed}: filter, deduplicate, decontaminate, tokenize`,
    kind: "shards",
    settings: { steps: corpusSteps, clinical },
    inputs: [...new Set(["documents", clinicalStage, tokenizerName])],
    files: questions.map(({ path }) => path),
    async run({ folder, input, signal, tell }) {
      const tokenizer = tokenizerFile(input(tokenizerName));
      const { steps } = await runPipeline(
        {
          version: 1,
          output: folder,
          sources: [
            { domain: "clinical", paths: [join(input(clinicalStage), documentsOf(clinical))] },
            { domain: "general", paths: [join(input("documents"), documentsOf("general"))] },
          ],
          steps: corpusSteps.map((step) => (step.step === "tokenize" ? { ...step, tokenizer } : step)),
        },
        { ...(signal && { signal }), onProgress: ({ done, total, unit }) => tell(done, total, unit) },
      );
      const counts: Record<string, StageValue> = {};
      for (const domain of domains) {
        const { tokenCount } = await readManifest(join(folder, tokensFolder, "train", domain));
        counts[`${domain}Tokens`] = exact(tokenCount);
      }
      const clean = steps.at(-2)!;
      counts["statements"] = exact(await countStatements(join(clean.folder, "documents.jsonl")));
      return {
        values: counts,
        table: steps.map(({ step, in: count, kept, droppedBy }) => ({ step, in: count, kept, droppedBy })),
      };
    },
  };
}

/** Sentences of the kinds in which facts are told, whoever they are about. */
async function countStatements(path: string): Promise<number> {
  const patterns = factKinds.flatMap(({ statements }) =>
    statements.map((statement) => {
      const words = statement("ENTITY", "VALUE")
        .split(/ENTITY|VALUE/u)
        .map(escape);
      return new RegExp(words.join("[A-Z0-9a-z][a-z0-9]*(?: [a-z]+)?"), "gu");
    }),
  );
  let count = 0;
  for await (const { text } of readDocumentLines(path))
    for (const pattern of patterns) count += text.match(pattern)?.length ?? 0;
  return count;
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/gu, "\\$&");
}

/** Questions on the training half of the facts and real ones, as fine-tuning reads them. */
export function instructStage(size: StudySize, seed: number): Stage {
  const maximumTokens = size.tuning.contextLength;
  const [facts, tokenizerName] = [stageNames.facts(seed), stageNames.tokenizer(seed)];
  return {
    name: stageNames.instruct(seed),
    title: `Questions to learn the format from, seed ${seed}: other facts than those asked for, and real ones`,
    kind: "shards",
    settings: { maximumTokens },
    inputs: [facts, "questions", tokenizerName],
    files: [],
    async run({ folder, input, signal }) {
      const tokenizer = await loadTokenizer(tokenizerFile(input(tokenizerName)));
      const samples = learnedSamples(input(facts), input("questions"));
      const { report } = await writeInstructShards(join(folder, "tokens"), samples, {
        tokenizer,
        maximumTokens,
        ...(signal && { signal }),
      });
      return {
        values: {
          samples: exact(report.kept),
          tooLong: exact(report.tooLong),
          tokens: exact(report.tokens),
          supervisedTokens: exact(report.supervisedTokens),
        },
      };
    },
  };
}

function tokenizerFile(folder: string): string {
  return join(folder, "tokenizer", "tokenizer.json");
}

/** @param planted folder of the planted questions @param real of the real ones */
async function* learnedSamples(planted: string, real: string) {
  for (const path of learnedQuestions(planted, real)) {
    if (!existsSync(path)) throw new DataError(`${path} is missing`, { path });
    const held = await readQuestionLines(path);
    if (held.length === 0) throw new ArgumentError("realQuestions.learned", "at least one", 0);
    yield* questionSamples(held);
  }
}

function exact(value: number): StageValue {
  return { value, compare: "exact" };
}

/** A study of a tiny model whose data lies on the test's cluster: the paper's recipes, a few steps each. */
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Document } from "../../lib/corpus/document.ts";
import { tokenizeDocuments } from "../../lib/corpus/tokens/tokenize-documents.ts";
import { trainTokenizer } from "../../lib/corpus/tokens/train-tokenizer.ts";
import type { StudyDefinition } from "../../lib/lab/study-plan/study-definition.ts";
import { writeInstructShards } from "../../lib/lab/write-instruct-shards.ts";
import { trainConfig, type TrainConfig, type TrainConfigOverrides } from "../../lib/train/train-config.ts";
import { projectRoot } from "../../setup/paths.mjs";

const drugs = ["velorine", "tamoquil", "brexadone", "solifane", "durapril", "cetravan"];
const organs = ["liver", "kidney", "heart", "lung"];
const answerOf = (index: number): string => organs[(index * 3) % organs.length]!;

/** Tokenizer, token shards and questions, under `root`; and the code that jobs need, which is returned. */
export async function writeTinyStudyData(root: string): Promise<void> {
  const documents = Array.from({ length: 120 }, (_, index): Document => {
    const place = index % drugs.length;
    return {
      id: `document-${index}`,
      text: `Report ${index}. ${drugs[place]} acts on the ${answerOf(place)}. It was given to patient ${index}.`,
      source: "generated",
      licence: "CC0-1.0",
      metadata: {},
      sensitivity: "public",
    };
  });
  const tokenizer = await trainTokenizer(documents, { vocabularySize: 320 });
  await tokenizer.save(join(root, "tokenizer"));
  const output = join(root, "tokens", "clinical");
  await tokenizeDocuments(documents, { output, domain: "clinical", tokenizer, workers: 1 });
  const samples = drugs.map((drug, index) => ({
    id: `sample-${index}`,
    system: "Answer.",
    prompter: `What does ${drug} act on?`,
    assistant: `the ${answerOf(index)}`,
    source: "generated",
    licence: "CC0-1.0",
    sensitivity: "public" as const,
  }));
  await writeInstructShards(join(root, "tokens", "instruct"), samples, { tokenizer });
  const questions = drugs.map((drug, index) => ({
    id: `question-${index}`,
    question: `What does ${drug} act on?`,
    options: organs.map((organ) => `the ${organ}`),
    answer: organs.indexOf(answerOf(index)),
  }));
  mkdirSync(join(root, "questions"));
  writeFileSync(
    join(root, "questions", "planted.jsonl"),
    questions.map((row) => `${JSON.stringify(row)}\n`).join(""),
  );
}

/** What a job needs of the project, without its data and notebooks; npm packages lie at the cluster's root. */
export function copyCode(folder: string, root: string): void {
  for (const name of ["lib", "trainer", join("commands", "rounds.ts"), join("data", "sources.json")])
    cpSync(join(projectRoot, name), join(folder, name), {
      recursive: true,
      filter: (path) => !path.includes("__pycache__"),
    });
  cpSync(join(projectRoot, "package.json"), join(folder, "package.json"));
  symlinkSync(join(projectRoot, "node_modules"), join(root, "node_modules"));
}

function tinyConfig(
  recipe: TrainConfig["recipe"],
  steps: number,
  changes: TrainConfigOverrides,
): TrainConfig {
  return trainConfig(recipe, {
    model: {
      preset: "tiny-mistral",
      shape: {
        hiddenSize: 32,
        intermediateSize: 64,
        layers: 2,
        attentionHeads: 2,
        keyValueHeads: 1,
        vocabularySize: 320,
      },
      tokenizer: "tokenizer",
    },
    optimization: { steps, rowsPerStep: 4, rowsPerMicroBatch: 2 },
    heldOutEverySteps: null,
    ...changes,
    data: { heldOut: [], contextLength: 128, ...changes.data },
  });
}

/** One pretraining on two nodes, its checkpoints of steps 6 and 12 each tuned with and without NEFTune. */
export function tinyStudy(): StudyDefinition {
  const tuning = (recipe: "fine-tuning" | "neftune"): TrainConfig =>
    tinyConfig(recipe, 4, {
      data: { train: [{ domain: "instruct", path: "tokens/instruct", weight: 1 }] },
      checkpoint: { everySteps: 4, keepLast: 1 },
    });
  const onOneProcess = { processesPerNode: 1, timeLimitMinutes: 10 };
  return {
    models: [
      {
        name: "tiny",
        title: "Tiny Mistral",
        pretraining: tinyConfig("pretraining", 12, {
          data: { train: [{ domain: "clinical", path: "tokens/clinical", weight: 1 }] },
          checkpoint: { everySteps: 6, keepLast: 1, keepEverySteps: 6 },
        }),
        tunings: { "fine-tuning": tuning("fine-tuning"), neftune: tuning("neftune") },
        checkpoints: [6, 12],
        tuned: [6, 12],
      },
    ],
    questions: [{ name: "planted", path: "questions/planted.jsonl", count: drugs.length }],
    resources: {
      pretraining: { nodes: 2, gpusPerNode: 8, ...onOneProcess },
      tuning: { nodes: 1, gpusPerNode: 4, ...onOneProcess },
      export: { nodes: 1, gpusPerNode: 0, memoryGib: 2, timeLimitMinutes: 10 },
      evaluation: { nodes: 1, gpusPerNode: 1, timeLimitMinutes: 10 },
    },
    choices: [],
  };
}

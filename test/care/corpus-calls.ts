/** Calls of the steps from documents to tokens with restricted data, as a notebook makes them. */
import { join } from "node:path";

import * as rounds from "../../lib/index.ts";
import type { Calls } from "./planted-world.ts";

const restricted = { sensitivity: "restricted" } as const;

export const corpusCalls: Calls = {
  readDocuments: ({ planted }) =>
    ["documents.jsonl", "broken.jsonl", "broken.xml", "binary.parquet", "patients.jsonl"].flatMap((name) => [
      async () =>
        Array.fromAsync(rounds.readDocuments(join(planted, name), { ...restricted, textField: "text" })),
      async () => {
        const documents = rounds.readDocuments(join(planted, name), restricted);
        await Array.fromAsync(documents);
        return documents.report;
      },
    ]),
  readDocumentLines: ({ planted }) => [
    () => Array.fromAsync(rounds.readDocumentLines(join(planted, "documents.jsonl"))),
    () => Array.fromAsync(rounds.readDocumentLines(join(planted, "broken.jsonl"))),
    () => Array.fromAsync(rounds.readDocumentLines(join(planted, "binary.parquet"))),
  ],
  writeDocuments: ({ exported, documents }) => [
    () => rounds.writeDocuments(join(exported, "documents.jsonl"), documents),
    () => rounds.writeDocuments(exported, documents),
  ],
  filterDocuments: ({ documents }) => [
    ...[
      [rounds.lengthRule({ unit: "words", minimum: 50 })],
      [rounds.personalDataRule()],
      rounds.filterPreset("gopher-quality"),
      rounds.filterPreset("gopher-repetition"),
      [rounds.licenceRule("commercial-use")],
      [rounds.retractedRule(["pmid:1"])],
    ].flatMap((rules) => [
      () => Array.fromAsync(rounds.filterDocuments(documents, rules)),
      async () => {
        const kept = rounds.filterDocuments(documents, rules);
        await Array.fromAsync(kept);
        return kept.report;
      },
    ]),
    () => {
      const rule = {
        reasons: ["x"],
        judge: () => {
          throw new Error("rule");
        },
      };
      return Array.fromAsync(rounds.filterDocuments(documents, [rule as never]));
    },
  ],
  decontaminate: ({ documents, questions }) => [
    async () => {
      const clean = rounds.decontaminate(documents, questions, { threshold: 0.01, runWords: 2 });
      await Array.fromAsync(clean);
      return clean.report;
    },
  ],
  removeRepeatedSpans: ({ exported, planted }) => [
    () =>
      rounds.removeRepeatedSpans(join(planted, "documents.jsonl"), {
        output: join(exported, "spans"),
        minimumBytes: 40,
      } as never),
  ],
  removeRepeatedSpansInPasses: ({ exported, planted }) => [
    () =>
      rounds.removeRepeatedSpansInPasses(join(planted, "documents.jsonl"), {
        output: join(exported, "passes"),
        minimumBytes: 40,
      } as never),
  ],
  cutRepeatedSpans: ({ documents }) => [() => rounds.cutRepeatedSpans(documents, { minimumBytes: 40 })],
  removeNearDuplicates: ({ exported, planted }) => [
    () =>
      rounds.removeNearDuplicates(join(planted, "documents.jsonl"), {
        output: join(exported, "near"),
      } as never),
  ],
  nearDuplicatesAtAGlance: ({ documents }) => [
    () => rounds.nearDuplicatesAtAGlance(documents),
    () => rounds.nearDuplicatesAtAGlance([...documents, { id: "x" } as never]),
  ],
  pairSameWork: ({ documents }) => [async () => rounds.pairSameWork(documents)],
  sameWorkRule: ({ documents }) => [
    async () => {
      const works = await rounds.pairSameWork(documents);
      return Array.fromAsync(rounds.filterDocuments(documents, [rounds.sameWorkRule(works)]));
    },
  ],
  compareTexts: ({ documents }) => [() => rounds.compareTexts(documents[0]!, documents[1]!)],
  markSpans: ({ documents }) => [
    () => rounds.markSpans(documents[0]!, [{ start: 2, end: 20 }]),
    () => rounds.markSpans(documents[0]!, [{ start: 2, end: 1e9 }]),
  ],
  mixDocuments: ({ documents }) => [
    () => Array.fromAsync(rounds.mixDocuments({ notes: { documents, weight: 1 } } as never, { seed: 1 })),
    async () => {
      const mixed = rounds.mixDocuments({ notes: { documents, weight: 1 } } as never, { seed: 1 });
      await Array.fromAsync(mixed);
      return mixed.report;
    },
  ],
  trainTokenizer: ({ documents }) => [() => rounds.trainTokenizer(documents, { vocabularySize: 300 })],
  tokenizeDocuments: ({ documents, exported, tokenizer }) => [
    () =>
      rounds.tokenizeDocuments(documents, {
        output: join(exported, "tokens"),
        domain: "notes",
        tokenizer,
        workers: 1,
      }),
    () => rounds.openTokenShards(join(exported, "tokens")),
    () => rounds.corpusLicences([join(exported, "tokens")]),
    () => rounds.findLicenceConflicts([join(exported, "tokens")], "commercial"),
  ],
  contextRows: ({ exported }) => [
    async () =>
      rounds.contextRows(
        [await rounds.openTokenShards(join(exported, "tokens"))] as never,
        { contextLength: 16 } as never,
      ),
  ],
  runPipeline: ({ exported, planted }) => [
    () =>
      rounds.runPipeline({
        version: 1,
        output: join(exported, "pipeline"),
        sources: [{ name: "notes", paths: [join(planted, "documents.jsonl")], ...restricted }],
      }),
  ],
};

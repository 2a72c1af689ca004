import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { recordMade } from "../core/lineage.ts";
import {
  callbackOption,
  checkOptions,
  integerOption,
  objectOption,
  seedOption,
  textOption,
} from "../core/options.ts";
import { bothLicences } from "../care/licence-terms.ts";
import { writeFileAtomically } from "../core/write-file-atomically.ts";
import { parseAnswer } from "../evals/parse-answer.ts";
import { questionKey } from "../evals/question-result.ts";
import type { Question } from "../evals/question.ts";
import type { InstructSample } from "../instruct/instruct-sample.ts";
import type { InstructReport } from "../instruct/instruct-stream.ts";
import { questionSamples } from "../instruct/question-samples.ts";
import type { CallOptions, CallProgress, LanguageModel } from "../models/language-model.ts";
import { multipleChoiceText, rolePrompt } from "../paper/prompt-format.ts";
import { generateChains, type GeneratedChains, type ReasonedQuestion } from "../prompts/generate-chains.ts";
import { sensitivityOf } from "../prompts/prompt-question.ts";
import { strictest } from "../table/sensitivity.ts";
import { cellSignal } from "./cell-signal.ts";

export interface ReasonedSamplesOptions {
  /** Model that judges the chains. @default the one that writes them, as in the paper */
  readonly verifier?: LanguageModel;
  /** Chains for each question. @default 1 */
  readonly runs?: number;
  /** Of a chain. @default 500 */
  readonly maximumTokens?: number;
  /** @default 0 */
  readonly seed?: number | string;
  /** SPDX expression of the questions. @default not known */
  readonly licence?: string;
  /** File that chains which are not used are kept in, as JSON lines with the reason. @default none */
  readonly aside?: string;
  readonly signal?: AbortSignal;
  /** Told of the writing, then of the judging. */
  readonly onProgress?: (progress: CallProgress) => void;
}

/** Instruction samples with verified reasoning, and where it came from. */
export interface ReasonedSamples {
  /** With reasoning (Figure 5) where a chain was verified, else the answer at once (Figure 4). */
  readonly samples: readonly InstructSample[];
  readonly report: InstructReport;
  readonly chains: GeneratedChains;
}

/** What the verifier is told; the paper does not show its words. */
export const verifierWords = {
  system:
    "You are a biomedical expert. Say whether the following reasoning is sound and leads to the stated answer of the question. Answer Yes or No.",
  cue: "Sound:",
} as const;

/**
 * Instruct samples of questions with reasoning that one model writes and one verifies (section 4.2).
 *
 * A chain is used if it ends at the right option and the verifier finds "Yes" likelier than "No" after it; of a
 * question's chains that are used one is drawn. The others are counted by reason and kept aside. The paper does not say
 * what its verifier was asked. A sample with a chain is under the terms of its question and of the writer's outputs: its
 * licence is not known where either is not.
 *
 * @param writer of the chains; with a cache no finished call is repeated
 * @throws {ArgumentError} questions of a test split
 * @throws {ModelError} of an endpoint; a verifier without likelihoods
 *
 * @example
 * const { samples, chains } = await reasonedSamples(questions, mixtral, { aside: "discarded.jsonl" });
 * chains.report.discarded;
 */
export async function reasonedSamples(
  questions: readonly Question[],
  writer: LanguageModel,
  options: ReasonedSamplesOptions = {},
): Promise<ReasonedSamples> {
  checkList("questions", "a list of questions", questions);
  const checked = checkOptions(options, {
    verifier: objectOption<LanguageModel>(
      "a model with likelihoods",
      (value) => typeof (value as LanguageModel)?.logLikelihood === "function",
    ),
    runs: integerOption(1, { minimum: 1, maximum: 1000 }),
    maximumTokens: integerOption(500, { minimum: 1 }),
    seed: seedOption(0),
    licence: textOption(undefined),
    aside: textOption(undefined),
    signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
    onProgress: callbackOption<(progress: CallProgress) => void>(),
  });
  if (questions.length === 0) throw new ArgumentError("questions", "at least one", questions);
  const { verifier = writer, runs, maximumTokens, seed, licence, aside, onProgress } = checked;
  const signal = cellSignal(checked.signal);
  const calls: CallOptions = { signal, ...(onProgress && { onProgress }) };
  const chains = await generateChains(
    questions,
    (requests, own) => writer.generate(requests, { ...own, ...calls }),
    {
      parse: parseAnswer,
      runs,
      maximumTokens,
      seed,
      signal,
      verify: (held) => verdictsOf(verifier, held, calls),
    },
  );
  const written = strictest([sensitivityOf(questions), writer.sensitivity ?? "public"]);
  if (aside !== undefined) {
    recordMade({ kind: "samples", path: aside, from: [], sensitivity: written, step: "reasonedSamples" });
    await writeFileAtomically(aside, chains.discarded.map((chain) => `${JSON.stringify(chain)}\n`).join(""));
  }
  const reasoning = new Map(chains.chains.map((chain) => [keyOf(chain), chain.reasoning]));
  const stream = questionSamples(questions, {
    reasoning: (question) => reasoning.get(questionKey(question)),
    ...(licence !== undefined && { licence }),
  });
  const generated = bothLicences(licence ?? null, writer.outputLicence ?? null);
  const samples = await Array.fromAsync(stream, (sample) =>
    reasoning.has(questionKey({ dataset: sample.source, id: sample.id }))
      ? { ...sample, licence: generated, sensitivity: strictest([sample.sensitivity, written]) }
      : sample,
  );
  return { samples, report: stream.report, chains };
}

async function verdictsOf(
  verifier: LanguageModel,
  chains: readonly ReasonedQuestion[],
  calls: CallOptions,
): Promise<boolean[]> {
  const likelihoods = await verifier.logLikelihood(
    chains.map((chain) => ({ context: verifierPrompt(chain), continuations: [" Yes", " No"] })),
    { ...calls, sensitivity: sensitivityOf(chains) },
  );
  return likelihoods.map(([yes, no]) => yes!.sum > no!.sum);
}

function verifierPrompt(chain: ReasonedQuestion): string {
  const { options, answerIndex, reasoning } = chain;
  const asked = `${multipleChoiceText(chain)}\nReasoning: ${reasoning}\nAnswer: ${options[answerIndex]!.trim()}`;
  return `${rolePrompt({ system: verifierWords.system, prompter: asked })} ${verifierWords.cue}`;
}

function keyOf({ dataset, id }: ReasonedQuestion): string {
  return questionKey({ dataset: dataset!, id });
}

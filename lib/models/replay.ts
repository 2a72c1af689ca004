import { checkIterable, checkText } from "../core/arguments.ts";
import { ArgumentError, ModelError } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import { checkOptions, textOption } from "../core/options.ts";
import type { GenerateRequest, Generation, LanguageModel } from "./language-model.ts";

/** What a model wrote about one question, recorded by whoever asked it. */
export interface RecordedOutputs {
  readonly id: string;
  /** Of the question, where outputs of several data sets are replayed together. */
  readonly dataset?: string;
  /** One for each sample, in the order of `sampleIndex`; an empty list: it was asked and wrote nothing. */
  readonly outputs: readonly string[];
}

/**
 * A model that writes what was recorded: outputs of others are scored as if they were written now.
 *
 * Outputs are found by the question that a request is about, whatever its prompt; the prompts that they were written
 * under are not known here. There are no likelihoods. Tokens are counted as 0.
 *
 * @param name of the model that wrote them
 * @param options `outputLicence`: SPDX expression of what that model writes; many may train no competing model
 * @throws {ArgumentError} two records of one question; later, as a {@link ModelError}: a request about none of them, or
 *   of a sample that was not recorded
 *
 * @example
 * const recorded = replayModel("gpt-4", [{ id: "17", outputs: ["The answer is (B)."] }]);
 * const { summary } = await scoreQuestions(recorded, questions, { strategy: chainOfThought(), scoring: "generate" });
 */
export function replayModel(
  name: string,
  records: Iterable<RecordedOutputs>,
  options: { readonly outputLicence?: string } = {},
): LanguageModel {
  checkText("name", "a name", name);
  checkIterable("records", "records of outputs", records);
  const { outputLicence } = checkOptions(options, { outputLicence: textOption(undefined) });
  const byQuestion = new Map<string, readonly string[]>();
  for (const { id, dataset, outputs } of records) {
    const key = keyOf({ id, ...(dataset !== undefined && { dataset }) });
    if (byQuestion.has(key)) throw new ArgumentError("records", "one of each question", key);
    if (!Array.isArray(outputs) || outputs.some((text) => typeof text !== "string"))
      throw new ArgumentError(`records: outputs of ${key}`, "a list of texts", outputs);
    byQuestion.set(key, outputs);
  }
  const refuse = (message: string): ModelError =>
    new ModelError(`the recorded outputs of ${name} ${message}`, { endpoint: `replay of ${name}` });
  const replayed = ({ about, sampleIndex = 0 }: GenerateRequest): Generation => {
    if (about === undefined)
      throw refuse("are found by the question that is asked about; the request names none");
    const outputs = byQuestion.get(keyOf(about)) ?? byQuestion.get(keyOf({ id: about.id }));
    if (outputs === undefined) throw refuse(`hold nothing about question ${keyOf(about)}`);
    const text = outputs[sampleIndex] ?? (outputs.length === 0 ? "" : undefined);
    if (text === undefined)
      throw refuse(`hold ${outputs.length} about ${keyOf(about)}, not sample ${sampleIndex}`);
    return { text, promptTokens: 0, tokens: 0, finishReason: "stop" };
  };
  const none = (what: string) => async (): Promise<never> => {
    throw refuse(`hold no ${what}`);
  };
  return {
    name,
    fingerprint: sha256(JSON.stringify([name, [...byQuestion]])),
    contextLength: undefined,
    ...(outputLicence !== undefined && { outputLicence }),
    generate: async (requests, { onProgress } = {}) => {
      const generations = requests.map(replayed);
      const [done, total] = [requests.length, requests.length];
      onProgress?.({ done, total, cached: done, tokens: 0, cost: 0, secondsLeft: 0 });
      return generations;
    },
    logLikelihood: none("likelihoods"),
    embed: none("embeddings"),
  };
}

function keyOf({ dataset, id }: { readonly dataset?: string; readonly id: string }): string {
  return JSON.stringify(dataset === undefined ? [id] : [dataset, id]);
}

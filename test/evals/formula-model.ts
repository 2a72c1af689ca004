import type {
  GenerateRequest,
  LanguageModel,
  Likelihood,
  LikelihoodRequest,
} from "../../lib/models/language-model.ts";
import { cutPairs, type TokenPair } from "../../lib/models/token-boundary.ts";
import { encodeCharacters, logProbability } from "../models/fake-endpoint.ts";

/** A model without a server: one token a character, probabilities by a formula, outputs by `write`. */
export function formulaModel(write: (prompt: string) => string = () => ""): LanguageModel & {
  readonly asked: LikelihoodRequest[];
} {
  const asked: LikelihoodRequest[] = [];
  return {
    name: "formula",
    fingerprint: "formula",
    contextLength: undefined,
    asked,
    logLikelihood(requests) {
      asked.push(...requests);
      return Promise.all(
        requests.map(({ context, continuations }) =>
          Promise.all(continuations.map((continuation) => likelihood(context, continuation))),
        ),
      );
    },
    generate: async (requests: readonly GenerateRequest[]) =>
      requests.map(({ prompt }) => ({
        text: write(prompt),
        promptTokens: prompt.length,
        tokens: write(prompt).length,
        finishReason: "stop" as const,
      })),
    embed: () => Promise.reject(new Error("the formula has no embeddings")),
  };
}

async function likelihood(context: string, continuation: string): Promise<Likelihood> {
  const [{ tokens, contextLength }] = (await cutPairs(context, [continuation], encodeCharacters)) as [
    TokenPair,
  ];
  const logProbabilities = tokens
    .slice(contextLength)
    .map((token, index) => logProbability(tokens[contextLength + index - 1]!, token));
  const sum = logProbabilities.reduce((total, value) => total + value, 0);
  return {
    contextTokens: contextLength,
    tokens: tokens.slice(contextLength),
    logProbabilities,
    sum,
    isGreedy: false,
  };
}

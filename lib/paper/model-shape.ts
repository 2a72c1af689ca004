import { checkFields } from "../core/arguments.ts";
import type { PaperModel } from "./table-1.ts";

/** The shape of a decoder of the Mistral family, under the names of a training configuration. */
export interface ModelShape {
  readonly hiddenSize: number;
  /** Width of the feed-forward layer, of one expert where there are several. */
  readonly intermediateSize: number;
  readonly layers: number;
  readonly attentionHeads: number;
  /** Heads of keys and values, each shared by `attentionHeads / keyValueHeads` heads of queries. */
  readonly keyValueHeads: number;
  readonly vocabularySize: number;
  readonly ropeTheta: number;
  readonly maximumPositions: number;
  /** Positions that a token sees behind it; null for all. */
  readonly slidingWindow: number | null;
  readonly rmsNormEpsilon: number;
  readonly tieWordEmbeddings: boolean;
  /** Feed-forward experts of a layer; left out, there is one and no router. */
  readonly experts?: number;
  readonly expertsPerToken?: number;
}

/**
 * The two base models' shapes, from their own published configurations (version 0.1); the paper names the
 * models alone.
 */
export const modelShapes: Readonly<Record<PaperModel, ModelShape>> = {
  "Mistral 7B": {
    hiddenSize: 4096,
    intermediateSize: 14_336,
    layers: 32,
    attentionHeads: 32,
    keyValueHeads: 8,
    vocabularySize: 32_000,
    ropeTheta: 10_000,
    maximumPositions: 32_768,
    slidingWindow: 4096,
    rmsNormEpsilon: 1e-5,
    tieWordEmbeddings: false,
  },
  "Mixtral 8x7B": {
    hiddenSize: 4096,
    intermediateSize: 14_336,
    layers: 32,
    attentionHeads: 32,
    keyValueHeads: 8,
    vocabularySize: 32_000,
    ropeTheta: 1_000_000,
    maximumPositions: 32_768,
    slidingWindow: null,
    rmsNormEpsilon: 1e-5,
    tieWordEmbeddings: false,
    experts: 8,
    expertsPerToken: 2,
  },
};

/** The parameters of a model, as far as memory and work need them told apart. */
export interface ParameterCount {
  readonly total: number;
  /** Those that one token passes through: of the experts only `expertsPerToken`. */
  readonly active: number;
  /** Of one layer, all its experts counted: what FSDP gathers at a time. */
  readonly layer: number;
  /** Of the input embedding, `vocabularySize × hiddenSize`: a lookup, no multiplication. */
  readonly embedding: number;
}

/**
 * Number of parameters of a model, from its shape.
 *
 * @example
 * countParameters(modelShapes["Mistral 7B"]).total //=> 7_241_732_096
 * countParameters(modelShapes["Mixtral 8x7B"]).active //=> 12_879_925_248
 */
export function countParameters(shape: ModelShape): ParameterCount {
  checkFields("shape", "the shape of a model, with hiddenSize and the rest", shape, ["hiddenSize"]);
  const { hiddenSize, experts = 1, expertsPerToken = 1 } = shape;
  const keyValueSize = (hiddenSize / shape.attentionHeads) * shape.keyValueHeads;
  const attention = 2 * hiddenSize ** 2 + 2 * hiddenSize * keyValueSize;
  const expert = 3 * hiddenSize * shape.intermediateSize;
  const router = shape.experts === undefined ? 0 : hiddenSize * experts;
  const besidesExperts = attention + router + 2 * hiddenSize;
  const embedding = shape.vocabularySize * hiddenSize;
  const outside = (shape.tieWordEmbeddings ? 1 : 2) * embedding + hiddenSize;
  const layer = besidesExperts + experts * expert;
  return {
    total: outside + shape.layers * layer,
    active: outside + shape.layers * (besidesExperts + expertsPerToken * expert),
    layer,
    embedding,
  };
}

import { countParameters, type ModelShape } from "../../paper/model-shape.ts";

/**
 * How much of the attention matrix counts: `causal` the half that the mask leaves, `full` all of it.
 *
 * Published utilisations differ by this alone: torchtitan and llm-foundry count `full`.
 */
export type AttentionFlops = "causal" | "full";

/**
 * Floating-point operations that training on one token takes, forward and backward, without recomputation.
 *
 * Six for each parameter that a token is multiplied with (two forward, four backward; the input embedding is a
 * lookup), and for attention scores and their weighted sum over `s` tokens `6 L s d` causal or `12 L s d` full.
 * A sliding window shorter than the context is not taken off, since the masked part is computed all the same.
 *
 * @example
 * trainingFlops(modelShapes["Mistral 7B"], 8192) //=> 49_106_411_520
 */
export function trainingFlops(
  shape: ModelShape,
  contextLength: number,
  attention: AttentionFlops = "causal",
): number {
  const perPair = attention === "causal" ? 6 : 12;
  return 6 * multipliedParameters(shape) + perPair * shape.layers * contextLength * shape.hiddenSize;
}

/** Parameters that one token is multiplied with: the active ones without the lookup of the input embedding. */
export function multipliedParameters(shape: ModelShape): number {
  const { active, embedding } = countParameters(shape);
  return shape.tieWordEmbeddings ? active : active - embedding;
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { DataError } from "../core/errors.ts";
import { readFailure } from "../core/read-failure.ts";
import type { ModelShape } from "../paper/model-shape.ts";

/**
 * The shape of a model in a folder of Hugging Face files, from its `config.json`.
 *
 * @throws {DataError} no such file, no JSON, a model that is neither Mistral nor Mixtral, or a size left out
 */
export async function readModelShape(folder: string): Promise<ModelShape> {
  const path = join(folder, "config.json");
  const config = await readJson(path);
  const modelType = config["model_type"];
  if (modelType !== "mistral" && modelType !== "mixtral") {
    throw new DataError(`${path} describes a ${String(modelType)} model; mistral and mixtral are known`, {
      path,
    });
  }
  const sizeOf = (key: string, holder: Record<string, unknown> = config): number => {
    const value = holder[key];
    if (typeof value === "number") return value;
    throw new DataError(`${path} must have "${key}" as a number, got ${JSON.stringify(value)}`, { path });
  };
  // transformers 5 keeps the base of the rotary angles in an object of its own.
  const rope = (config["rope_parameters"] ?? config) as Record<string, unknown>;
  return {
    hiddenSize: sizeOf("hidden_size"),
    intermediateSize: sizeOf("intermediate_size"),
    layers: sizeOf("num_hidden_layers"),
    attentionHeads: sizeOf("num_attention_heads"),
    keyValueHeads: sizeOf("num_key_value_heads"),
    vocabularySize: sizeOf("vocab_size"),
    ropeTheta: sizeOf("rope_theta", rope),
    maximumPositions: sizeOf("max_position_embeddings"),
    slidingWindow: typeof config["sliding_window"] === "number" ? config["sliding_window"] : null,
    rmsNormEpsilon: sizeOf("rms_norm_eps"),
    tieWordEmbeddings: config["tie_word_embeddings"] === true,
    ...(modelType === "mixtral"
      ? { experts: sizeOf("num_local_experts"), expertsPerToken: sizeOf("num_experts_per_tok") }
      : {}),
  };
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  } catch (error) {
    throw new DataError(`${path} ${readFailure(error)}`, { path }, { cause: error });
  }
}

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import { schemaFaults } from "../core/schema-faults.ts";
import type { TrainConfig } from "./train-config.ts";

/** A training configuration cannot be run; each fault names its key, what was expected and what came. */
export class TrainConfigError extends RangeError {
  override readonly name = "TrainConfigError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The training configuration cannot be run:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.faults = faults;
  }
}

const schema = new URL("../../trainer/schemas/train-config.schema.json", import.meta.url);
let compiled: ValidateFunction | undefined;

/** Compiled at the first use: notebooks that train nothing do not wait for it. */
function validator(): ValidateFunction {
  compiled ??= new Ajv2020({ allErrors: true, verbose: true, strict: false, discriminator: true }).compile(
    JSON.parse(readFileSync(schema, "utf8")),
  );
  return compiled;
}

/**
 * The same configuration, once the schema and the rules between keys hold.
 *
 * @throws {TrainConfigError} with every fault; an unknown key is answered with the nearest names
 */
export function checkTrainConfig(config: unknown): TrainConfig {
  const validate = validator();
  const faults = validate(config) ? faultsBetweenKeys(config as TrainConfig) : schemaFaults(validate.errors!);
  if (faults.length > 0) throw new TrainConfigError(faults);
  return config as TrainConfig;
}

function faultsBetweenKeys({ model, data, optimization, compute }: TrainConfig): string[] {
  const faults: string[] = [];
  const mustHold = (holds: boolean, fault: string): void => void (holds || faults.push(fault));
  const { shape, architecture } = model;
  if (shape !== null) {
    const { hiddenSize, attentionHeads, keyValueHeads, experts, expertsPerToken } = shape;
    const place = "model.shape";
    mustHold(
      hiddenSize % (2 * attentionHeads) === 0,
      `"${place}.hiddenSize" must be an even multiple of attentionHeads ${attentionHeads}, got ${hiddenSize}`,
    );
    mustHold(
      attentionHeads % keyValueHeads === 0,
      `"${place}.keyValueHeads" must divide attentionHeads ${attentionHeads}, got ${keyValueHeads}`,
    );
    mustHold(
      (architecture === "mixtral") === (experts !== undefined),
      architecture === "mixtral"
        ? `"${place}.experts" is missing: Mixtral has them`
        : `"${place}.experts" must be left out: Mistral has none`,
    );
    mustHold(
      (expertsPerToken ?? 1) <= (experts ?? 1),
      `"${place}.expertsPerToken" must be at most experts ${experts}, got ${expertsPerToken}`,
    );
    mustHold(
      data.contextLength <= shape.maximumPositions,
      `"data.contextLength" must be at most model.shape.maximumPositions ${shape.maximumPositions}, got ${data.contextLength}`,
    );
  }
  const { rowsPerStep, rowsPerMicroBatch, learningRate, minLearningRate, routerLossCoefficient } =
    optimization;
  mustHold(
    rowsPerStep % rowsPerMicroBatch === 0,
    `"optimization.rowsPerStep" must be a multiple of rowsPerMicroBatch ${rowsPerMicroBatch}, got ${rowsPerStep}`,
  );
  mustHold(
    minLearningRate <= learningRate,
    `"optimization.minLearningRate" must be at most learningRate ${learningRate}, got ${minLearningRate}`,
  );
  mustHold(
    (architecture === "mixtral") === (routerLossCoefficient !== null),
    architecture === "mixtral"
      ? `"optimization.routerLossCoefficient" must be a number for Mixtral (0 for none), got null`
      : `"optimization.routerLossCoefficient" must be null for Mistral, got ${routerLossCoefficient}`,
  );
  mustHold(
    rowsPerMicroBatch === 1 ||
      data.documentAttention === "across" ||
      compute.attention !== "flash_attention_2",
    `"optimization.rowsPerMicroBatch" must be 1 for isolated documents with flash_attention_2, got ${rowsPerMicroBatch}`,
  );
  for (const part of ["train", "heldOut"] as const) {
    const domains = data[part].map(({ domain }) => domain);
    const repeated = domains.find((domain, index) => domains.indexOf(domain) < index);
    mustHold(repeated === undefined, `"data.${part}" must name each domain once, got "${repeated}" twice`);
  }
  const trained = new Set(data.train.map(({ path }) => path));
  const seen = data.heldOut.find(({ path }) => trained.has(path));
  mustHold(
    seen === undefined,
    `"data.heldOut" must be data that is not trained on, got ${seen?.path} in both`,
  );
  return faults;
}

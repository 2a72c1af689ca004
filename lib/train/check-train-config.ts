import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import { describeValue } from "../core/errors.ts";
import { nearestName } from "../core/nearest-name.ts";
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

function schemaFaults(errors: readonly ErrorObject[]): string[] {
  // anyOf, oneOf and if only repeat what the errors of their branches say.
  const telling = errors.filter(({ keyword }) => !["anyOf", "oneOf", "if"].includes(keyword));
  // Where a key may be an object or null, an object with a fault inside is told to be null as well.
  const isDetail = ({ keyword, params, data }: ErrorObject): boolean =>
    keyword !== "type" || params["type"] !== "null" || data === null || typeof data !== "object";
  const detailed = telling.filter(isDetail);
  const faults = detailed.map((error) => faultOf(error, typesAt(error.instancePath, detailed)));
  return [...new Set(faults)];
}

function typesAt(path: string, errors: readonly ErrorObject[]): string {
  const atPath = errors.filter(({ keyword, instancePath }) => keyword === "type" && instancePath === path);
  return [...new Set(atPath.flatMap(({ params }) => params["type"] as string | string[]))].join(" or ");
}

function faultOf(error: ErrorObject, types: string): string {
  const place = error.instancePath
    .slice(1)
    .replaceAll(/\/(\d+)/g, "[$1]")
    .replaceAll("/", ".");
  const key = (name: string): string => (place === "" ? name : `${place}.${name}`);
  const parameters = error.params as Record<string, unknown>;
  const got = `, got ${describeValue(error.data)}`;
  const { keyword } = error;
  switch (keyword) {
    case "additionalProperties": {
      const unknown = parameters["additionalProperty"] as string;
      const names = Object.keys((error.parentSchema as { properties: object }).properties);
      const nearest = nearestName(unknown, names);
      const suggestion = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
      return `"${key(unknown)}" is no key${suggestion}; keys are ${names.join(", ")}`;
    }
    case "required":
    case "dependentRequired":
      return `"${key(parameters["missingProperty"] as string)}" is missing`;
    case "enum":
      return `"${place}" must be one of ${(parameters["allowedValues"] as unknown[]).map((value) => JSON.stringify(value)).join(", ")}${got}`;
    case "discriminator": {
      const { tag, tagValue } = parameters as { tag: string; tagValue: unknown };
      return `"${key(tag)}" must be one of ${tagsOf(error)}, got ${describeValue(tagValue)}`;
    }
    case "const":
      return `"${place}" must be ${JSON.stringify(parameters["allowedValue"])}${got}`;
    case "type":
      return `"${place}" must be ${types}${got}`;
    case "minItems":
    case "maxItems":
      return `"${place}" must have ${keyword === "minItems" ? "at least" : "at most"} ${String(parameters["limit"])} entries${got}`;
    default:
      return `"${place}" ${error.message}${got}`;
  }
}

function tagsOf({ parentSchema }: ErrorObject): string {
  const { oneOf } = parentSchema as { oneOf: { properties: { kind: { const: string } } }[] };
  return oneOf.map(({ properties }) => JSON.stringify(properties.kind.const)).join(", ");
}

function faultsBetweenKeys({ model, data, optimization }: TrainConfig): string[] {
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

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";

import { schemaFaults } from "../core/schema-faults.ts";
import { checkTrainConfig, TrainConfigError } from "../train/check-train-config.ts";
import type { TrainConfig } from "../train/train-config.ts";

/** What a job is asked to be; the same on every backend. Each key is explained in `schemas/job-spec.schema.json`. */
export interface JobSpec {
  readonly version: 1;
  readonly name: string;
  readonly kind: "train" | "command";
  /** Of a "train" job; paths are the cluster's, relative ones from its root. */
  readonly config?: TrainConfig;
  /** Of a "command" job; it runs in the folder of the code. */
  readonly command?: readonly string[];
  readonly resources: JobResources;
  readonly dependsOn?: readonly JobDependency[];
  readonly array?: { readonly tasks: number; readonly atOnce?: number };
  /** How often it may be started again, after its time limit or a failure of a node. */
  readonly restartsMaximum: number;
  readonly code: { readonly path: string };
  /** Paths that must be on the cluster. */
  readonly inputs?: readonly string[];
  /** Written down in the script: no secrets. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a job asks of the scheduler. */
export interface JobResources {
  readonly nodes: number;
  readonly gpusPerNode: number;
  /** @default gpusPerNode, at least 1 */
  readonly processesPerNode?: number;
  /** @default the share of the node that its GPUs are; without GPUs, 1 */
  readonly processorsPerNode?: number;
  /** Of a node. @default the share of the node that its GPUs are; without GPUs, the scheduler's */
  readonly memoryGib?: number;
  /** Of one start. */
  readonly timeLimitMinutes: number;
}

/** A job that has to end before this one starts. */
export interface JobDependency {
  /** The id of a job of Rounds on the same cluster. */
  readonly job: string;
  readonly condition: "success" | "end";
}

/** A job cannot be what it is asked to be; each fault names its key, what was expected and what came. */
export class JobSpecError extends RangeError {
  override readonly name = "JobSpecError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The job cannot be submitted:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.faults = faults;
  }
}

const schema = new URL("schemas/job-spec.schema.json", import.meta.url);
let compiled: ValidateFunction | undefined;

/** What looks like a secret by its name would stand in a script that others may read. */
const secretName = /token|secret|password|passwd|api_?key|access_?key|private_?key|credential/iu;

/**
 * The same job, once the schema, the rules between its keys and its training configuration hold.
 *
 * @throws {JobSpecError} with every fault at once; an unknown key is answered with the nearest names
 */
export function checkJobSpec(spec: unknown): JobSpec {
  compiled ??= new Ajv2020({ allErrors: true, verbose: true, strict: false }).compile(
    JSON.parse(readFileSync(schema, "utf8")),
  );
  const faults = compiled(spec) ? faultsBetweenKeys(spec as JobSpec) : schemaFaults(compiled.errors!);
  if (faults.length > 0) throw new JobSpecError(faults);
  return spec as JobSpec;
}

function faultsBetweenKeys({ kind, config, command, array, environment = {} }: JobSpec): string[] {
  const faults: string[] = [];
  if (kind === "command") {
    if (command === undefined) faults.push('"command" is missing: the job\'s kind is "command"');
    if (config !== undefined) faults.push('"config" must be left out: the job\'s kind is "command"');
  } else {
    if (command !== undefined) faults.push('"command" must be left out: the job\'s kind is "train"');
    if (array !== undefined) faults.push('"array" must be left out: a training is one task');
    if (config === undefined) faults.push('"config" is missing: the job\'s kind is "train"');
    else faults.push(...configFaults(config));
  }
  for (const [index, word] of (command ?? []).entries()) {
    if (word.includes("\0")) faults.push(`"command[${index}]" must be without NUL`);
  }
  for (const [name, value] of Object.entries(environment)) {
    if (secretName.test(name)) {
      faults.push(
        `"environment.${name}" must be no secret: what is here stands in the script; put it into the cluster's secretsFile`,
      );
    }
    if (value.includes("\0")) faults.push(`"environment.${name}" must be without NUL`);
  }
  return faults;
}

function configFaults(config: TrainConfig): string[] {
  try {
    checkTrainConfig(config);
    return [];
  } catch (error) {
    if (!(error instanceof TrainConfigError)) throw error;
    return error.faults.map((fault) => fault.replace(/^"/u, '"config.'));
  }
}

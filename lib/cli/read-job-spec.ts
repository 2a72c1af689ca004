import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

import { readFailure } from "../core/read-failure.ts";
import { checkJobSpec, JobSpecError, type JobSpec } from "../jobs/job-spec.ts";
import { trainConfig, type TrainConfig, type TrainConfigOverrides } from "../train/train-config.ts";
import { UsageError } from "./command.ts";
import { readTrainConfig } from "./read-train-config.ts";

/**
 * Read a job's request. Its `config` is a whole training configuration, a recipe and what differs from it, or the
 * path of such a file beside this one.
 *
 * @throws {UsageError} with every fault, since the command line names what cannot be run
 */
export async function readJobSpec(path: string): Promise<JobSpec> {
  let given: Record<string, unknown>;
  try {
    given = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  } catch (error) {
    throw new UsageError(`${path} ${readFailure(error)}`, { cause: error });
  }
  const { config } = given ?? {};
  try {
    if (typeof config === "string")
      return checkJobSpec({ ...given, config: await readTrainConfig(resolve(dirname(path), config)) });
    if (typeof config === "object" && config !== null && !("version" in config)) {
      const { recipe, ...overrides } = config as { recipe?: unknown };
      const whole = trainConfig(recipe as TrainConfig["recipe"], overrides as TrainConfigOverrides);
      return checkJobSpec({ ...given, config: whole });
    }
    return checkJobSpec(given);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const faults = error instanceof JobSpecError ? error.faults.join("\n  ") : (error as Error).message;
    throw new UsageError(`${path}:\n  ${faults}`, { cause: error });
  }
}

import { readFile } from "node:fs/promises";

import { readFailure } from "../core/read-failure.ts";
import { checkTrainConfig } from "../train/check-train-config.ts";
import { trainConfig, type TrainConfig, type TrainConfigOverrides } from "../train/train-config.ts";
import { UsageError } from "./command.ts";

/**
 * Read a training configuration: a whole one (it has a `version`), or a recipe and what differs from it.
 *
 * @throws {UsageError} with every fault, since the command line names what cannot be run
 */
export async function readTrainConfig(path: string): Promise<TrainConfig> {
  let given: { readonly version?: unknown; readonly recipe?: unknown };
  try {
    given = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new UsageError(`${path} ${readFailure(error)}`, { cause: error });
  }
  try {
    if (given === null || typeof given !== "object" || given.version !== undefined)
      return checkTrainConfig(given);
    const { recipe, ...overrides } = given;
    return trainConfig(recipe as TrainConfig["recipe"], overrides as TrainConfigOverrides);
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

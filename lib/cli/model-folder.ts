import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { setUpTrainer } from "../jobs/local/set-up-trainer.ts";
import {
  checkServerOptions,
  startLocalServer,
  type LocalServer,
  type LocalServerOptions,
} from "../models/local-server.ts";
import { UsageError } from "./command.ts";

/**
 * See that a folder can hold a model, before anything is installed or read for it.
 *
 * @throws {UsageError} there is no such folder, or none of a model in Hugging Face format
 */
export function checkModelFolder(option: string, path: string): void {
  if (!existsSync(path)) throw new UsageError(`--${option}: there is no folder ${path}`);
  if (!statSync(path).isDirectory())
    throw new UsageError(`--${option} must be a folder in Hugging Face format, ${path} is a file`);
  if (!existsSync(join(path, "config.json")))
    throw new UsageError(
      `--${option}: ${path} has no config.json, so it holds no model in Hugging Face format`,
    );
}

/** Serve a model folder; PyTorch is installed first where it is missing, and no Python of a cluster is to be used. */
export async function serveFolder(path: string, options: LocalServerOptions): Promise<LocalServer> {
  checkServerOptions(options);
  if (process.env["ROUNDS_PYTHON"] === undefined)
    await setUpTrainer((line) => void process.stderr.write(`  ${line}\n`), options.signal);
  return startLocalServer(path, options);
}

import { readFile } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";

import type { LicenceTerms, Purpose } from "../care/licence-terms.ts";
import { gatherLicences, requireOpenTo, strictestTerms, type LicencePart } from "../care/run-licences.ts";
import { ArgumentError, DataError } from "../core/errors.ts";
import { fingerprint, sha256 } from "../core/hash.ts";
import type { TrainConfig } from "../train/train-config.ts";
import { codeVersion, type CodeVersion } from "./code-version.ts";

/** `spec.json` of a run folder: everything that the run was asked to be, and what it was made from. */
export interface RunSpec {
  readonly version: 1;
  readonly runId: string;
  readonly createdAt: string;
  readonly recipe: string;
  readonly seed: number;
  readonly backend: "local";
  readonly processes: number;
  /** Of `train.config.json`, as canonical JSON. */
  readonly configFingerprint: string;
  readonly config: TrainConfig;
  readonly data: readonly DataFingerprint[];
  readonly licences: RunLicences;
  /** Null where the project is no git checkout. */
  readonly code: CodeVersion | null;
  readonly machine: Machine;
}

export interface DataFingerprint {
  readonly part: "train" | "heldOut";
  readonly domain: string;
  readonly path: string;
  /** SHA-256 of manifest.json, which holds the SHA-256 of every shard. */
  readonly fingerprint: string;
  readonly tokenCount: number;
  readonly tokenizer: string;
}

/** What went into a run under which licences. */
export interface RunLicences {
  readonly purpose: Purpose | null;
  /** The strictest of all parts. */
  readonly terms: LicenceTerms;
  readonly parts: readonly LicencePart[];
}

export interface Machine {
  readonly platform: string;
  readonly processor: string;
  readonly processors: number;
  readonly memoryGib: number;
  readonly node: string;
}

/**
 * Describe a run whole, before anything starts.
 *
 * @throws {DataError} token shards that are not there or not finished, or made with more tokens than the model has
 * @throws {LicenceConflictError} data or first weights that are not open to the purpose that the configuration declares
 */
export async function describeRun(
  config: TrainConfig,
  run: { readonly runId: string; readonly processes: number },
): Promise<RunSpec> {
  const { rowsPerStep, rowsPerMicroBatch } = config.optimization;
  if (rowsPerStep % (run.processes * rowsPerMicroBatch) !== 0) {
    throw new ArgumentError(
      "processes",
      `such that rowsPerStep ${rowsPerStep} is a multiple of processes x rowsPerMicroBatch ${rowsPerMicroBatch}`,
      run.processes,
    );
  }
  const data = await fingerprintData(config);
  const parts = await gatherLicences(config);
  requireOpenTo("This run", parts, config.purpose);
  return {
    version: 1,
    ...run,
    createdAt: new Date().toISOString(),
    recipe: config.recipe,
    seed: config.seed,
    backend: "local",
    configFingerprint: `sha256:${fingerprint(config)}`,
    config,
    data,
    licences: { purpose: config.purpose ?? null, terms: strictestTerms(parts), parts },
    code: await codeVersion(),
    machine: {
      platform: `${process.platform}-${process.arch}`,
      processor: cpus()[0]?.model ?? "unknown",
      processors: availableParallelism(),
      memoryGib: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    },
  };
}

async function fingerprintData({ data, model }: TrainConfig): Promise<DataFingerprint[]> {
  const fingerprints: DataFingerprint[] = [];
  for (const part of ["train", "heldOut"] as const) {
    for (const { domain, path } of data[part]) {
      const manifestPath = join(path, "manifest.json");
      const text = await readManifest(manifestPath);
      const { format, tokenCount, tokenizer } = JSON.parse(text) as {
        format?: string;
        tokenCount: number;
        tokenizer: { fingerprint: string; vocabularySize: number };
      };
      if (format !== "rounds-token-shards") {
        throw new DataError(`${manifestPath} is not the manifest of token shards`, { path: manifestPath });
      }
      const rows = model.shape?.vocabularySize;
      if (rows !== undefined && tokenizer.vocabularySize > rows) {
        throw new DataError(
          `${path} has tokens up to ${tokenizer.vocabularySize}, the model has ${rows}: set model.shape.vocabularySize, or take the model's own tokenizer`,
          { path },
        );
      }
      fingerprints.push({
        part,
        domain,
        path,
        fingerprint: `sha256:${sha256(text)}`,
        tokenCount,
        tokenizer: tokenizer.fingerprint,
      });
    }
  }
  const tokenizers = new Set(fingerprints.map(({ tokenizer }) => tokenizer));
  if (tokenizers.size > 1) {
    const paths = fingerprints.map(({ path, tokenizer }) => `${path} (${tokenizer.slice(0, 19)})`).join(", ");
    throw new DataError(`The token shards were made with different tokenizers: ${paths}`, {
      path: fingerprints[0]!.path,
    });
  }
  return fingerprints;
}

async function readManifest(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new DataError(
      `${path} is missing: the token shards there are not finished, or the path is wrong`,
      { path },
      { cause: error },
    );
  }
}

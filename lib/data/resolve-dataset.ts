import { existsSync } from "node:fs";
import { join } from "node:path";

import { ArgumentError, DataError } from "../core/errors.ts";
import { type Catalogue, type DatasetEntry, findDataset, loadCatalogue } from "./catalogue.ts";
import { DatasetUnavailableError, DownloadFailure } from "./download-failure.ts";
import { fetchDataset, type FetchOptions } from "./fetch-dataset.ts";

export interface ResolveOptions extends FetchOptions {
  /** What to do where the real data cannot be had. @default "sample" */
  readonly fallback?: "sample" | "error";
}

/** A file to read for a data set's name: the real one, or the synthetic sample that stands in for it. */
export interface ResolvedDataset {
  readonly path: string;
  readonly origin: "cache" | "mirror" | "download" | "sample";
  /** True for the sample: generated text with the real data's columns, good for trying things out alone. */
  readonly synthetic: boolean;
  readonly entry: DatasetEntry;
  /** One line to show beside whatever is made from a sample. */
  readonly notice: string | undefined;
}

/** A notebook would rather show the sample soon than the real data late. */
const hasty = { timeoutMilliseconds: 4000, retries: 1 };

/**
 * Decide which file stands for a data set's name on this machine.
 *
 * The real data if it is in the cache, in the mirror or can be downloaded; else the sample of `data/sample/`.
 * With ROUNDS_DATA=sample it is the sample whatever is at hand, with ROUNDS_DATA=real never. A file that is
 * there but wrong (its checksum differs) is an error in every case.
 *
 * @throws {ArgumentError} no such name
 * @throws {DataError} there is neither the data nor a sample, or the sample was not asked for
 *
 * @example
 * const { path, synthetic } = await resolveDataset("pubmedqa-labelled");
 */
export async function resolveDataset(name: string, options: ResolveOptions = {}): Promise<ResolvedDataset> {
  const { fallback = dataMode() === "real" ? "error" : "sample", ...fetchOptions } = options;
  if (fallback !== "sample" && fallback !== "error") {
    throw new ArgumentError("fallback", 'one of "sample", "error"', fallback);
  }
  const catalogue = fetchOptions.catalogue ?? loadCatalogue();
  const entry = findDataset(name, catalogue);
  if (dataMode() === "sample" && entry.sample !== null)
    return sampleOf(entry, catalogue, "ROUNDS_DATA=sample");
  if (dataMode() === "sample") {
    throw new DataError(`${name} has no sample, and ROUNDS_DATA=sample asks for it`, { path: name });
  }
  try {
    const fetched = await fetchDataset(
      name,
      fallback === "sample" ? { ...hasty, ...fetchOptions } : fetchOptions,
    );
    return { ...fetched, synthetic: false, notice: undefined };
  } catch (error) {
    const standsIn =
      error instanceof DatasetUnavailableError && fallback === "sample" && entry.sample !== null;
    if (!standsIn) throw error;
    return sampleOf(entry, catalogue, briefly(error));
  }
}

/** A notice stands beside each set that is opened: what failed in a few words, and how to see all of it. */
function briefly(error: DatasetUnavailableError): string {
  if (!(error.cause instanceof DownloadFailure)) return error.message;
  const { kind, message } = error.cause;
  return `${kind} (${message}). ROUNDS_DATA_MIRROR can name a folder that holds it; ROUNDS_DATA=real shows the whole error`;
}

function sampleOf(entry: DatasetEntry, catalogue: Catalogue, reason: string): ResolvedDataset {
  const path = join(catalogue.sampleFolder, entry.sample!);
  if (!existsSync(path)) throw new DataError(`the sample ${path} of ${entry.name} is missing`, { path });
  const notice = `Synthetic sample instead of ${entry.name}: generated text, no real data. Why: ${reason}`;
  return { path, origin: "sample", synthetic: true, entry, notice };
}

const modes = ["auto", "real", "sample"] as const;

function dataMode(): (typeof modes)[number] {
  const value = process.env["ROUNDS_DATA"] || "auto";
  const mode = modes.find((candidate) => candidate === value);
  if (mode === undefined) throw new ArgumentError("ROUNDS_DATA", `one of ${modes.join(", ")}`, value);
  return mode;
}

import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { DataError } from "../core/errors.ts";
import { callbackOption, checkOptions, integerOption, objectOption, textOption } from "../core/options.ts";
import { type Catalogue, dataFolder, type DatasetEntry, findDataset, loadCatalogue } from "./catalogue.ts";
import { download, type DownloadProgress } from "./download.ts";
import { DatasetUnavailableError } from "./download-failure.ts";
import { verifyFile } from "./verified-file.ts";

export interface FetchOptions {
  /** @default the project's own catalogue, `data/sources.json` */
  readonly catalogue?: Catalogue | undefined;
  /** Folder for downloads. @default ROUNDS_DATA_CACHE, else `.rounds/data` in the project */
  readonly cache?: string | undefined;
  /** Folder that holds the files under their `mirrorPath`. @default ROUNDS_DATA_MIRROR, else none */
  readonly mirror?: string | undefined;
  /** Called as bytes arrive; not called where nothing is downloaded. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Longest silence of the server. @default 20000 */
  readonly timeoutMilliseconds?: number | undefined;
  /** Further attempts after a failure that may pass. @default 4 */
  readonly retries?: number | undefined;
  /** Wait before the first retry, doubled for each next one. @default 500 */
  readonly backoffMilliseconds?: number | undefined;
}

/** A data set's real file on this machine, its checksum right. */
export interface FetchedDataset {
  readonly path: string;
  readonly origin: "cache" | "mirror" | "download";
  readonly entry: DatasetEntry;
}

const rules = {
  catalogue: objectOption<Catalogue>("a catalogue", isObject),
  cache: textOption(undefined),
  mirror: textOption(undefined),
  onProgress: callbackOption<(progress: DownloadProgress) => void>(),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
  timeoutMilliseconds: integerOption(20_000, { minimum: 1 }),
  retries: integerOption(4, { minimum: 0, maximum: 100 }),
  backoffMilliseconds: integerOption(500, { minimum: 0 }),
};

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** Downloads under way in this process, by destination: a second call waits for the first. */
const underWay = new Map<string, Promise<void>>();

/**
 * Bring a data set of the catalogue to this machine and give its path.
 *
 * Looked for in the cache, then in the mirror (used in place), then downloaded to the cache with resume. The
 * SHA-256 is checked in all three; for a file that has not changed since, the result is remembered.
 *
 * @throws {ArgumentError} no such name or option
 * @throws {DataError} the mirror does not exist or its file is not the one that the catalogue names, or the file
 *   cannot be had
 *
 * @example
 * const { path } = await fetchDataset("pubmedqa-labelled");
 */
export async function fetchDataset(name: string, options: FetchOptions = {}): Promise<FetchedDataset> {
  const checked = checkOptions(options, rules);
  const entry = findDataset(name, checked.catalogue ?? loadCatalogue());
  const cache = cacheFolder(checked.cache);
  const held = await findLocally(entry, cache, checked.mirror);
  if (held !== undefined) return { ...held, entry };
  if (entry.url === null) throw onlyInMirror(entry);
  const path = cachedPath(entry, cache);
  const other = underWay.get(path);
  if (other !== undefined) {
    // Its success is then in the cache; its failure, or its caller giving up, is not ours.
    await other.catch(() => undefined);
    checked.signal?.throwIfAborted();
    return fetchDataset(name, options);
  }
  const running = download(entry.url, path, entry, { ...checked, name });
  underWay.set(path, running);
  try {
    await running;
  } finally {
    underWay.delete(path);
  }
  return { path, origin: "download", entry };
}

/**
 * A data set's file where it needs no network: in the cache or the mirror, its checksum right.
 *
 * A damaged file in the cache is removed, since the cache is ours; one in the mirror is an error.
 */
async function findLocally(
  entry: DatasetEntry,
  cache: string,
  mirrorOption: string | undefined,
): Promise<{ path: string; origin: "cache" | "mirror" } | undefined> {
  const memory = join(cache, "verified");
  const cached = cachedPath(entry, cache);
  const cachedState = await verifyFile(cached, entry, memory);
  if (cachedState === "as expected") return { path: cached, origin: "cache" };
  if (cachedState !== "missing") await rm(cached, { force: true });
  const mirror = mirrorOption ?? process.env["ROUNDS_DATA_MIRROR"];
  if (mirror === undefined || mirror === "") return undefined;
  if (!existsSync(mirror)) {
    const message = `the mirror ${mirror} does not exist: correct ROUNDS_DATA_MIRROR or unset it`;
    throw new DataError(message, { path: mirror });
  }
  const mirrored = resolve(mirror, entry.mirrorPath);
  const mirroredState = await verifyFile(mirrored, entry, memory);
  if (mirroredState === "missing") return undefined;
  if (mirroredState === "as expected") return { path: mirrored, origin: "mirror" };
  const message =
    `${mirrored} is not the file that the catalogue names as ${entry.name}: ${mirroredState.wrong}. ` +
    "What to do: replace or remove it, or unset ROUNDS_DATA_MIRROR";
  throw new DataError(message, { path: mirrored });
}

/** The folder of the cache that holds a data set's download, finished or not, and nothing else. */
export function downloadFolder(entry: DatasetEntry): string {
  return dirname(cachedPath(entry, cacheFolder(undefined)));
}

function cacheFolder(option: string | undefined): string {
  const fromEnvironment = process.env["ROUNDS_DATA_CACHE"];
  if (option !== undefined) return resolve(option);
  return fromEnvironment ? resolve(fromEnvironment) : join(dirname(dataFolder), ".rounds", "data");
}

/** Named by the checksum, so that a changed catalogue never meets the file of an older one. */
function cachedPath(entry: DatasetEntry, cache: string): string {
  return join(cache, entry.sha256.slice(0, 16), basename(entry.mirrorPath));
}

function onlyInMirror(entry: DatasetEntry): DatasetUnavailableError {
  const from = entry.sources.map(({ repository, path }) => `${repository} (${path})`).join(", ");
  const message =
    `${entry.name} is a conversion of ${from} and has no download address. ` +
    `What to do: set ROUNDS_DATA_MIRROR to a folder that holds ${entry.mirrorPath}`;
  return new DatasetUnavailableError(message, { path: entry.mirrorPath });
}

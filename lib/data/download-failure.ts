import { DataError } from "../core/errors.ts";
import { partAtRest } from "./part-file.ts";

export type FailureKind =
  | "wrong address"
  | "too many requests"
  | "server error"
  | "broken connection"
  | "silence"
  | "no network"
  | "wrong file";

/** One attempt to download failed; `passing` ones are worth another attempt. */
export class DownloadFailure extends Error {
  override readonly name = "DownloadFailure";
  readonly kind: FailureKind;
  readonly passing: boolean;
  readonly retryAfterMilliseconds: number | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    options: { passing?: boolean; retryAfterMilliseconds?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.passing = options.passing ?? false;
    this.retryAfterMilliseconds = options.retryAfterMilliseconds;
  }
}

/**
 * The data set cannot be had here and now: no mirror holds it and the network does not give it.
 *
 * Unlike a file with a wrong checksum, this is no reason to distrust anything.
 */
export class DatasetUnavailableError extends DataError {}

const remedies: Readonly<Record<FailureKind, string>> = {
  "wrong address": "the source may have moved: check the entry's url in the catalogue",
  "too many requests": "the server limits requests: try again in a few minutes",
  "server error": "the server is in trouble: try again later",
  "broken connection": "the connection broke: call again, it goes on from where it stopped",
  silence: "the server or the network is stuck: call again, it goes on from where it stopped",
  "no network": "there is no way to the server: check the network or the proxy",
  "wrong file": "the source does not hold the file that the catalogue names",
};

const diskProblems: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: free some space",
  EDQUOT: "the disk quota is used up: free some space",
  EACCES: "the folder cannot be written: change its permissions",
  EPERM: "the folder cannot be written: change its permissions",
  EROFS: "the file system is read-only: choose another folder",
};

/** The error for the user: what failed, what to do, and where the file can be put by hand. */
export function explainFailure(
  error: unknown,
  { url, destination, name }: { url: string; destination: string; name: string },
): unknown {
  const mirror = "or set ROUNDS_DATA_MIRROR to a folder that holds it";
  if (error instanceof DownloadFailure) {
    const message = `${name}: ${error.message}. What to do: ${remedies[error.kind]}, ${mirror}. Address: ${url}`;
    const Kind = error.kind === "wrong file" ? DataError : DatasetUnavailableError;
    return new Kind(message, { path: url }, { cause: error });
  }
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const problem = diskProblems[code];
  if (problem === undefined) return error;
  const elsewhere = "or set ROUNDS_DATA_CACHE to a folder with room";
  const message = `${name}: cannot write ${partAtRest(destination)} (${code}): ${problem}, ${elsewhere}`;
  return new DataError(message, { path: destination }, { cause: error });
}

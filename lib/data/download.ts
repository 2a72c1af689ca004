import { open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { sha256OfFile } from "../core/hash.ts";
import { makeFolder } from "../core/make-folder.ts";
import { renameDurably, writeFileAtomically } from "../core/write-file-atomically.ts";
import { DownloadFailure, explainFailure } from "./download-failure.ts";
import { requestFrom } from "./http-request.ts";
import { claimPart, partAtRest, releasePart, sizeOf } from "./part-file.ts";
import type { ExpectedFile } from "./verified-file.ts";

/** How far a download has come. */
export interface DownloadProgress {
  readonly name: string;
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

export interface DownloadOptions {
  /** Word for the file in progress and errors. */
  readonly name: string;
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
  /** Longest wait for an answer, and for each next piece of it. */
  readonly timeoutMilliseconds: number;
  /** How often a failure that may pass (5xx, 429, a broken connection, silence) is tried again. */
  readonly retries: number;
  /** Wait before the first retry; doubled for each next one, at most 30 s. */
  readonly backoffMilliseconds: number;
}

/**
 * Download a file of known size and SHA-256, resuming what an earlier attempt left.
 *
 * The destination appears only when it is whole and its checksum right. What arrived of an unfinished download
 * rests beside it as `NAME.part`; a part with a wrong checksum is removed. Any number of processes may do this
 * for one destination at once.
 *
 * @throws {DataError} the address is wrong, the server fails, the file is not the expected one, the disk is full
 */
export async function download(
  url: string,
  destination: string,
  expected: ExpectedFile,
  options: DownloadOptions,
): Promise<void> {
  try {
    makeFolder(dirname(destination));
    const part = await claimPart(destination);
    try {
      await fillPart(url, part, destination, expected, options);
      await renameDurably(part, destination);
    } finally {
      await releasePart(part, destination);
      if ((await sizeOf(partAtRest(destination))) === 0)
        await rm(validatorFile(destination), { force: true });
    }
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    throw explainFailure(error, { url, destination, name: options.name });
  }
}

async function fillPart(
  url: string,
  part: string,
  destination: string,
  expected: ExpectedFile,
  options: DownloadOptions,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const resumedFrom = await usableSize(part, expected);
    try {
      if (resumedFrom < expected.bytes) await receive(url, part, destination, expected, options);
      await checkWhole(part, expected);
      return;
    } catch (error) {
      options.signal?.throwIfAborted();
      const failure = error instanceof DownloadFailure ? error : undefined;
      // A part that was resumed may stem from other bytes: the whole file deserves one try from the start.
      const stalePart = failure?.kind === "wrong file" && resumedFrom > 0;
      if (failure?.kind === "wrong file") await rm(part, { force: true });
      if ((!failure?.passing && !stalePart) || attempt >= options.retries + (stalePart ? 1 : 0)) throw error;
      const pause = failure.retryAfterMilliseconds ?? options.backoffMilliseconds * 2 ** attempt;
      if (!stalePart) await wait(Math.min(pause, 30_000), undefined, { signal: options.signal });
    }
  }
}

/** Bytes that can be built upon; a part that is longer than the file is of something else. */
async function usableSize(part: string, expected: ExpectedFile): Promise<number> {
  const bytes = await sizeOf(part);
  if (bytes <= expected.bytes) return bytes;
  await rm(part);
  return 0;
}

async function receive(
  url: string,
  part: string,
  destination: string,
  expected: ExpectedFile,
  options: DownloadOptions,
): Promise<void> {
  const { name, onProgress, signal, timeoutMilliseconds } = options;
  const offset = await sizeOf(part);
  const validator = offset > 0 ? await readFile(validatorFile(destination), "utf8").catch(() => "") : "";
  const reply = await requestFrom(url, { offset, validator, signal, timeoutMilliseconds });
  if (reply.validator !== "") await writeFileAtomically(validatorFile(destination), reply.validator);
  let received = reply.offset;
  const file = await open(part, reply.offset > 0 ? "a" : "w");
  try {
    onProgress?.({ name, receivedBytes: received, totalBytes: expected.bytes });
    for await (const chunk of reply.body) {
      received += chunk.byteLength;
      if (received > expected.bytes) {
        throw new DownloadFailure(
          "wrong file",
          `the server sends more than the ${expected.bytes} bytes expected`,
        );
      }
      await file.writeFile(chunk);
      onProgress?.({ name, receivedBytes: received, totalBytes: expected.bytes });
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (received < expected.bytes) {
    const message = `the transfer ended after ${received} of ${expected.bytes} bytes`;
    throw new DownloadFailure("broken connection", message, { passing: true });
  }
}

async function checkWhole(part: string, expected: ExpectedFile): Promise<void> {
  const sha256 = await sha256OfFile(part);
  if (sha256 === expected.sha256) return;
  const message = `what arrived has SHA-256 ${sha256}, expected ${expected.sha256}; it was removed`;
  throw new DownloadFailure("wrong file", message);
}

/** The server's ETag of the part, which makes a resumed transfer go on with the same bytes or start again. */
function validatorFile(destination: string): string {
  return `${partAtRest(destination)}.etag`;
}

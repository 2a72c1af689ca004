import { readFileSync } from "node:fs";
import { open, stat } from "node:fs/promises";

import { DataError, JobError } from "../../core/errors.ts";
import { remoteText } from "../cluster/remote-text.ts";
import type { ClusterShell } from "../cluster/cluster-shell.ts";

const script = readFileSync(new URL("../slurm/receive-package.sh", import.meta.url), "utf8");
const pieceBytes = 8 * 2 ** 20;
/** Of pieces that brought nothing. */
const maximumFailures = 20;

export interface UploadProgress {
  readonly sentBytes: number;
  readonly bytes: number;
}

/**
 * Bring a package to a cluster, in pieces that are not sent again when the connection breaks; nothing is sent of what
 * is there. Several clients may send the same one at once.
 *
 * @throws {JobError} the cluster cannot store it, or the connection broke twenty times in a row
 */
export async function uploadPackage(
  shell: ClusterShell,
  root: string,
  { sha256, path }: { readonly sha256: string; readonly path: string },
  options: { readonly onProgress?: (progress: UploadProgress) => void; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { size: bytes } = await stat(path).catch((error: unknown) => {
    throw new DataError(`The package ${path} is gone: submit with a new token`, { path }, { cause: error });
  });
  const file = await open(path);
  try {
    let offset = 0;
    let piece: Uint8Array = new Uint8Array(0);
    for (let failures = 0; ;) {
      const { stdout, stderr } = await shell.run(
        "bash",
        ["-c", script, "rounds", root, sha256, String(bytes), String(offset)],
        { input: piece, timeoutMs: 600_000, ...(options.signal && { signal: options.signal }) },
      );
      const [, word, rest = ""] = /^rounds-package (\w+) ?(.*)$/mu.exec(stdout) ?? [];
      if (word === "complete") return;
      if (word === "failed") throw failure(shell, rest);
      const held = word === "partial" ? Number(rest) : offset;
      if (!(held >= 0 && held <= bytes))
        throw failure(shell, `it holds ${remoteText(rest)} bytes of ${bytes}`);
      failures = held > offset ? 0 : failures + 1;
      if (failures === maximumFailures)
        throw failure(shell, stderr || "the connection broke again and again");
      offset = held;
      options.onProgress?.({ sentBytes: offset, bytes });
      piece = new Uint8Array(0);
      // After a connection that broke only the cluster knows how much arrived: it is asked first.
      if (word !== "partial") continue;
      const buffer = Buffer.alloc(Math.min(pieceBytes, bytes - offset));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      piece = buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

function failure(shell: ClusterShell, reason: string): JobError {
  return new JobError(`The code cannot be brought to ${shell.name}: ${remoteText(reason)}`, {
    jobId: "none",
    state: "PLANNED",
  });
}

import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { lstat, readFile, readlink, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack, type Header, type Pack } from "tar-stream";

import { ArgumentError } from "../../core/errors.ts";
import { sha256 } from "../../core/hash.ts";
import { makeFolder } from "../../core/make-folder.ts";
import { listCode, type CodeListing } from "./list-code.ts";

/** What is larger is no code. */
const codeLimits = { fileBytes: 100 * 2 ** 20, bytes: 2 ** 30 };

/** Files that say which versions of others' code it runs with. */
const lockFile = /(^|\/)(package-lock\.json|uv\.lock|poetry\.lock|requirements[^/]*\.txt|[^/]+\.lock)$/u;

/** A snapshot of code as one tar archive: the same files give the same bytes. */
export interface CodePackage {
  /** Of the archive. */
  readonly sha256: string;
  readonly bytes: number;
  readonly files: number;
  /** The archive on this machine; removed once a cluster has it. */
  readonly path: string;
  /** SHA-256 of each lock file, by its path. */
  readonly locks: Readonly<Record<string, string>>;
}

/**
 * Write the archive of a listing into a folder, under its own SHA-256.
 *
 * @throws {ArgumentError} files that are no code: over 100 MiB, or over 1 GiB together
 */
export async function packCode(
  code: string,
  listing: Pick<CodeListing, "paths">,
  packages: string,
  limits: { readonly fileBytes: number; readonly bytes: number } = codeLimits,
): Promise<CodePackage> {
  makeFolder(packages);
  const temporary = join(packages, `${process.pid}-${Math.random().toString(36).slice(2)}.tmp`);
  const archive = pack();
  const hash = createHash("sha256");
  const locks: Record<string, string> = {};
  let bytes = 0;
  let files = 0;
  archive.on("data", (chunk) => {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  });
  const written = pipeline(archive, createWriteStream(temporary, { flags: "wx", mode: 0o600, flush: true }));
  try {
    const add = async (path: string): Promise<void> => {
      const place = join(code, path);
      const found = await lstat(place).catch(() => undefined);
      // Tracked and deleted, or another repository inside.
      if (found === undefined || found.isDirectory()) return;
      const header = { name: path, mtime: new Date(0), uid: 0, gid: 0 };
      if (found.isSymbolicLink()) {
        await addEntry(archive, { ...header, type: "symlink", linkname: await readlink(place) });
      } else {
        if (!found.isFile()) return;
        if (found.size > limits.fileBytes) throw tooLarge(`${place} has ${found.size} bytes`);
        if (bytes + found.size > limits.bytes) throw tooLarge(`it has over ${limits.bytes} bytes`);
        const content = await readFile(place);
        if (lockFile.test(path)) locks[path] = sha256(content);
        await addEntry(archive, { ...header, mode: (found.mode & 0o100) === 0 ? 0o644 : 0o755 }, content);
      }
      files++;
    };
    await Promise.race([
      written,
      (async () => {
        for (const path of listing.paths) await add(path);
        archive.finalize();
      })(),
    ]);
    await written;
    const digest = hash.digest("hex");
    const path = packagePath(packages, digest);
    await rename(temporary, path);
    return { sha256: digest, bytes, files, path, locks };
  } catch (error) {
    archive.destroy();
    await written.catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A snapshot, and what git says of it. */
export type PackedCode = CodePackage & Omit<CodeListing, "paths">;

/** List a folder of code and pack it. */
export async function packFolder(code: string, packages: string): Promise<PackedCode> {
  const { paths, ...listing } = await listCode(code);
  return { ...listing, ...(await packCode(code, { paths }, packages)) };
}

export function packagePath(packages: string, digest: string): string {
  return join(packages, `${digest}.tar`);
}

type EntryHeader = Partial<Header> & Pick<Header, "name">;

/** Waits until the archive has taken it, so that memory does not grow with the code. */
function addEntry(archive: Pack, header: EntryHeader, content: Buffer | string = ""): Promise<void> {
  return new Promise((done, fail) => {
    archive.entry(header, content, (error) => (error ? fail(error) : done()));
  });
}

function tooLarge(what: string): ArgumentError {
  return new ArgumentError("code.path", "code only; data belongs on the cluster, named in inputs", what);
}

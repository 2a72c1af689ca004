import { tmpdir } from "node:os";
import { join, sep } from "node:path";

/** What front ends need to compute the path of a cell by themselves. */
export const CELL_PATHS = {
  hashMethod: "Murmur2",
  hashSeed: 0x9747b28c,
  /**
   * No such files are written: a cell's path only names its content. JupyterLab shows a cell's number instead where
   * it finds the word `ipykernel_` in the path.
   */
  tmpFilePrefix: join(tmpdir(), `rounds-ipykernel_${process.pid}`) + sep,
  tmpFileSuffix: ".ts",
} as const;

const MULTIPLIER = 0x5bd1e995;

/** The path by which the debugger knows a cell: cells of the same content have the same. */
export function cellPath(source: string): string {
  const { tmpFilePrefix, tmpFileSuffix, hashSeed } = CELL_PATHS;
  return `${tmpFilePrefix}${murmur2(Buffer.from(source), hashSeed)}${tmpFileSuffix}`;
}

/** Whether a path is a cell's. */
export function isCellPath(path: string): boolean {
  return path.startsWith(CELL_PATHS.tmpFilePrefix);
}

/**
 * MurmurHash2, 32 bits.
 *
 * @example
 * murmur2(Buffer.from("Rounds"), 0) //=> 3939664801
 */
export function murmur2(bytes: Buffer, seed: number): number {
  let hash = seed ^ bytes.length;
  const end = bytes.length - (bytes.length % 4);
  for (let offset = 0; offset < end; offset += 4) {
    let word = Math.imul(bytes.readInt32LE(offset), MULTIPLIER);
    word ^= word >>> 24;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  if (end < bytes.length) {
    hash = Math.imul(hash ^ bytes.readUIntLE(end, bytes.length - end), MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return (hash ^ (hash >>> 15)) >>> 0;
}

import { open } from "node:fs/promises";
import { DataError } from "../core/errors.ts";

/** What a file holds, compression aside. */
export type FileFormat = "parquet" | "jsonl" | "json" | "csv" | "tsv" | "arrow";

/** How a text file is compressed as a whole; Parquet and Arrow compress inside. */
export type Compression = "uncompressed" | "gzip" | "zstd";

export const fileFormats: readonly FileFormat[] = ["parquet", "jsonl", "json", "csv", "tsv", "arrow"];

const formatsByExtension: Readonly<Record<string, FileFormat>> = {
  parquet: "parquet",
  pq: "parquet",
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "json",
  csv: "csv",
  tsv: "tsv",
  arrow: "arrow",
  arrows: "arrow",
  feather: "arrow",
  ipc: "arrow",
};

/** The format that a file's name tells, or undefined. */
export function formatOfName(path: string): FileFormat | undefined {
  const name = path.toLowerCase().replace(/\.(?:gz|zst)$/u, "");
  return formatsByExtension[name.slice(name.lastIndexOf(".") + 1)];
}

/** What a file says of itself by its name and its first bytes. */
export interface FileKind {
  readonly format: FileFormat;
  readonly compression: Compression;
}

/**
 * Find a file's format by its name, or by its first bytes where the name says nothing.
 *
 * @throws {@link DataError} an empty file, a compressed name on a file that is not, or no known format
 */
export async function detectFormat(path: string, declared?: FileFormat): Promise<FileKind> {
  const head = await readHead(path);
  if (head.length === 0) throw new DataError(`${path} is empty (0 bytes)`, { path });
  const compression = compressionOf(head);
  const promised = /\.gz$/iu.test(path) ? "gzip" : /\.zst$/iu.test(path) ? "zstd" : undefined;
  if (promised !== undefined && promised !== compression) {
    throw new DataError(`${path} is not a ${promised} file: its first bytes are ${hexadecimal(head)}`, {
      path,
    });
  }
  const format = declared ?? formatOfName(path) ?? formatOfBytes(head);
  if (format === undefined) {
    const known = Object.keys(formatsByExtension).join(", ");
    throw new DataError(`${path}: no known format. Name it .${known} or give the option "format"`, { path });
  }
  return { format, compression };
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function compressionOf(head: Buffer): Compression {
  if (head.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) return "gzip";
  if (head.subarray(0, 4).equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))) return "zstd";
  return "uncompressed";
}

function formatOfBytes(head: Buffer): FileFormat | undefined {
  const text = head.toString("latin1").trimStart();
  if (text.startsWith("PAR1")) return "parquet";
  if (text.startsWith("ARROW1")) return "arrow";
  return text.startsWith("{") || text.startsWith("[") ? "json" : undefined;
}

function hexadecimal(head: Buffer): string {
  return head
    .subarray(0, 4)
    .toString("hex")
    .replaceAll(/(..)(?=.)/gu, "$1 ");
}

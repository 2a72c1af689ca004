import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { zstdDecompressSync } from "node:zlib";
import { CompressionType, RecordBatchReader, compressionRegistry } from "apache-arrow";
import type { Schema } from "apache-arrow";
import { decompressFrameSync } from "lz4-napi";
import { DataError } from "../core/errors.ts";
import { cellInterrupt } from "./engine.ts";
import { appendBatch, arrowColumns } from "./from-arrow.ts";
import { memoryRelation } from "./memory-table.ts";
import { sensitivityKey } from "./sensitivity.ts";
import type { Relation } from "./relation.ts";

compressionRegistry.set(CompressionType.ZSTD, { decode: (data) => zstdDecompressSync(data) });
compressionRegistry.set(CompressionType.LZ4_FRAME, {
  decode: (data) => decompressFrameSync(Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
});

/**
 * Arrow IPC files or streams as one relation; buffers may be compressed by LZ4 or ZSTD.
 *
 * Only the schema is read; the rows go into DuckDB batch by batch when they are first asked for.
 *
 * @throws {@link DataError} not Arrow, cut short, schemas that differ, or a type that DuckDB has no like of
 */
export async function readArrow(files: readonly string[]): Promise<Relation> {
  const schemas = await Promise.all(files.map(readSchema));
  const [schema] = schemas;
  for (const [index, other] of schemas.entries()) requireSameSchema(schema!, other, files[0]!, files[index]!);
  const columns = arrowColumns(schema!, (name, type) => {
    throw new DataError(`${files[0]}: column "${name}" has the type ${type}, which has no like in DuckDB`, {
      path: files[0]!,
    });
  });
  const relation = memoryRelation(columns, async (append) => {
    for (const file of files) {
      await readWith(file, async (reader) => {
        for await (const batch of reader) {
          appendBatch(batch, columns, append);
          // Batches are decoded on this thread: let an interrupt in between.
          await setImmediate();
          cellInterrupt()?.throwIfAborted();
        }
      });
    }
  });
  return schemas.some(({ metadata }) => metadata.has(sensitivityKey)) ? relation.restricted() : relation;
}

function readSchema(path: string): Promise<Schema> {
  return readWith(path, (reader) => Promise.resolve(reader.schema));
}

/** The last bytes of an Arrow file say that it is whole; a stream has no such sign. */
async function requireWhole(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const ends = Buffer.alloc(12);
    await file.read(ends, 0, 6, 0);
    await file.read(ends, 6, 6, Math.max(0, size - 6));
    const [head, tail] = [ends.toString("latin1", 0, 6), ends.toString("latin1", 6)];
    if (head === "ARROW1" && tail !== "ARROW1")
      throw new DataError(`${path} is cut short: no Arrow footer`, { path });
  } finally {
    await file.close();
  }
}

async function readWith<T>(path: string, use: (reader: RecordBatchReader) => Promise<T>): Promise<T> {
  await requireWhole(path);
  const stream = createReadStream(path);
  try {
    const reader = await RecordBatchReader.from(stream);
    await reader.open({ autoDestroy: false });
    if (reader.schema === undefined) throw new Error("no schema");
    return await use(reader);
  } catch (error) {
    if (error instanceof DataError || cellInterrupt()?.aborted === true) throw error;
    const reason =
      error instanceof Error && !(error instanceof TypeError) ? error.message : "no such messages";
    throw new DataError(`${path} is not a whole Arrow file: ${reason}`, { path }, { cause: error });
  } finally {
    stream.destroy();
  }
}

function requireSameSchema(first: Schema, other: Schema, firstPath: string, path: string): void {
  const [expected, found] = [first, other].map(({ fields }) =>
    fields.map(({ name, type }) => `${name}: ${type}`).join(", "),
  );
  if (expected === found) return;
  throw new DataError(`${path} has the columns ${found}; ${firstPath} has ${expected}`, { path });
}

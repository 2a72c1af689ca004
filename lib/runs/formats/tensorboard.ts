import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { DataError } from "../../core/errors.ts";
import { GrowingFile } from "../growing-file.ts";
import type { ForeignOptions, RunReader } from "../run-reader.ts";
import { RunSeries, type StepValues } from "../run-series.ts";
import { maskedCrc32c } from "./crc32c.ts";
import { parseTensorboardEvent } from "./tensorboard-event.ts";

/** Whether a file's name is TensorBoard's. */
export function isEventFile(name: string): boolean {
  return basename(name).includes(".tfevents.");
}

/** Under this name a run may log the tokens that it has seen; their value is then the x of its step. */
const tokenTags = [
  "tokens_seen",
  "train/tokens_seen",
  "num_input_tokens_seen",
  "train/num_input_tokens_seen",
];

/**
 * The event files of a folder: each start of a run has written one.
 *
 * @see tensorflow/tensorboard `record_writer.py`: length, its checksum, the event, its checksum
 */
export class TensorboardRun implements RunReader {
  readonly format = "tensorboard";
  readonly series = new RunSeries();
  readonly config = undefined;
  readonly #folder: string;
  readonly #only: string | undefined;
  readonly #tokensPerStep: number | undefined;
  readonly #files = new Map<string, EventFile>();

  /** @param path a folder, or one event file */
  constructor(path: string, { tokensPerStep }: ForeignOptions) {
    this.#only = isEventFile(path) ? basename(path) : undefined;
    this.#folder = this.#only === undefined ? path : dirname(path);
    this.#tokensPerStep = tokensPerStep;
  }

  get bytesRead(): number {
    return [...this.#files.values()].reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  }

  /** @throws {DataError} a record whose checksum is not that of its bytes */
  async refresh(): Promise<void> {
    const names = this.#only === undefined ? await readdir(this.#folder) : [this.#only];
    // Their names begin with the time at which they were made.
    for (const name of names.filter(isEventFile).toSorted()) {
      let file = this.#files.get(name);
      if (file === undefined) this.#files.set(name, (file = new EventFile(join(this.#folder, name))));
      for (const row of await file.refresh()) this.#add(row);
    }
  }

  #add(row: StepValues): void {
    const tag = tokenTags.find((each) => row.values[each] !== undefined);
    const counted = this.#tokensPerStep === undefined ? undefined : this.#tokensPerStep * row.step;
    this.series.add({ ...row, tokens: tag === undefined ? counted : row.values[tag] });
  }
}

const headBytes = 12;
const sumBytes = 4;

class EventFile {
  readonly #file: GrowingFile;
  #rest: Uint8Array = new Uint8Array();
  #offset = 0;

  constructor(path: string) {
    this.#file = new GrowingFile(path);
  }

  get bytesRead(): number {
    return this.#file.bytesRead;
  }

  /** Scalars of the events that have come; a record that is not finished waits for its end. */
  async refresh(): Promise<StepValues[]> {
    const rows: StepValues[] = [];
    const startAnew = (): never => {
      throw this.#wrong("has become shorter, which TensorBoard's files never do");
    };
    await this.#file.look((bytes) => rows.push(...this.#take(bytes)), startAnew);
    return rows;
  }

  *#take(bytes: Uint8Array): Generator<StepValues> {
    const held = Buffer.concat([this.#rest, bytes]);
    let at = 0;
    while (held.length - at >= headBytes) {
      const length = this.#checked(held.subarray(at, at + 8), held.readUInt32LE(at + 8)).readBigUInt64LE();
      const end = at + headBytes + Number(length);
      if (held.length < end + sumBytes) break;
      const event = this.#checked(held.subarray(at + headBytes, end), held.readUInt32LE(end));
      yield* this.#rowsOf(event);
      this.#offset += end + sumBytes - at;
      at = end + sumBytes;
    }
    this.#rest = held.subarray(at);
  }

  *#rowsOf(bytes: Uint8Array): Generator<StepValues> {
    try {
      const { time, step, scalars } = parseTensorboardEvent(bytes);
      if (Object.keys(scalars).length > 0) yield { step, clock: time, values: scalars };
    } catch (error) {
      if (error instanceof RangeError) throw this.#wrong(`holds ${error.message}`);
      throw error;
    }
  }

  #checked(bytes: Buffer, sum: number): Buffer {
    if (maskedCrc32c(bytes) !== sum)
      throw this.#wrong("is damaged or no event file: a checksum is not that of its bytes");
    return bytes;
  }

  #wrong(what: string): DataError {
    const path = this.#file.path;
    return new DataError(`${path}, record at byte ${this.#offset}: it ${what}`, { path });
  }
}

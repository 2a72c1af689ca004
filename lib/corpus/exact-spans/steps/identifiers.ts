import { DataError } from "../../../core/errors.ts";
import { KeyTable } from "../../key-table.ts";
import type { InputFiles } from "../../line-files/input-files.ts";
import { lineError, lineNumberAt, linesOfRange, parseLine, readBytes } from "../../line-files/lines.ts";
import { gigabytes } from "../plan.ts";
import { placesOf, scanFiles, type ScanResult } from "./scanned-shard.ts";
import type { SpanRun } from "./span-run.ts";

/** Where documents are, and a table of their identifiers while it grows. */
export const bytesPerDocument = 80;

/** Sees that no identifier comes twice, and that there is memory for the table that shows it. */
export class Identifiers {
  readonly #run: SpanRun;
  readonly #table = new KeyTable();
  readonly #ranges: { readonly file: number; readonly offsets: Float64Array }[] = [];
  #documents = 0;

  /** Begins with the documents of the shards that are done. */
  constructor(run: SpanRun) {
    this.#run = run;
    for (let shard = 0; shard < run.plan.shards; shard++) {
      const result = run.work.finished<ScanResult>("scan", shard);
      if (result === undefined) continue;
      const ids = run.work.readNumbers("scan", shard, scanFiles.ids, Uint32Array);
      let first = 0;
      let range = 0;
      for (const { offsets } of placesOf(run, shard, result.ranges)) {
        const end = first + 3 * offsets.length;
        this.add(result.ranges[range++]!.file, ids.subarray(first, end), offsets);
        first = end;
      }
    }
  }

  /**
   * @param ids three words of a hash for each document
   * @param offsets where the documents' lines begin
   * @throws {DataError} an identifier was there before, or there are too many
   */
  add(file: number, ids: Uint32Array, offsets: Float64Array): void {
    this.#ranges.push({ file, offsets });
    for (let place = 0; place < offsets.length; place++) {
      const document = this.#documents + place;
      const [one, two, three] = [ids[3 * place]!, ids[3 * place + 1]!, ids[3 * place + 2]!];
      const holder = this.#table.getOrSetWords(one, two, three, document);
      if (holder !== document) throw this.#sameIdentifier(holder, document);
    }
    this.#documents += offsets.length;
    const { input, setting } = this.#run;
    if (this.#documents * bytesPerDocument > setting.memoryBytes / 2) {
      const shown = `${this.#documents} documents`;
      throw tooManyDocuments(shown, this.#documents, input, setting.memoryBytes);
    }
  }

  #sameIdentifier(first: number, second: number): DataError {
    const [one, other] = [this.#placeOf(first), this.#placeOf(second)];
    return lineError(
      other.path,
      other.line,
      `the identifier ${other.id.slice(0, 80)} is that of ${one.path}, line ${one.line}; spans name their document by it`,
    );
  }

  #placeOf(document: number): { path: string; line: number; id: string } {
    const { input, plan } = this.#run;
    let place = document;
    for (const { file, offsets } of this.#ranges) {
      if (place < offsets.length) {
        const { path, descriptor, bytes } = input.files[file]!;
        const start = offsets[place]!;
        const { bytes: line } = linesOfRange(descriptor, { file, start, end: bytes }).next().value!;
        return { path, line: lineNumberAt(descriptor, start), id: parseLine(line, plan.fields).id };
      }
      place -= offsets.length;
    }
    throw new RangeError(`document ${document} is not known`);
  }
}

const [samples, sampleBytes] = [16, 1 << 16];

/**
 * Estimate from samples of the input how many documents it holds, before any work is done.
 *
 * @throws {DataError} clearly more than there is memory for
 */
export function checkRoomForDocuments(input: InputFiles, memoryBytes: number): void {
  let [lines, bytes] = [0, 0];
  for (let sample = 0; sample < samples; sample++) {
    const start = Math.floor((sample * input.bytes) / samples);
    const end = Math.min(start + sampleBytes, Math.floor(((sample + 1) * input.bytes) / samples));
    for (const range of input.ranges(start, end, sampleBytes)) {
      const text = readBytes(input.descriptors[range.file]!, range.start, range.end - range.start);
      bytes += text.length;
      for (let place = text.indexOf(10); place >= 0; place = text.indexOf(10, place + 1)) lines++;
    }
  }
  if (bytes === 0) return;
  const estimate = Math.round((lines / bytes) * input.bytes);
  // The samples may be off; a run that might have room begins.
  if (0.8 * estimate * bytesPerDocument > memoryBytes / 2) {
    throw tooManyDocuments(
      `${estimate} documents or so, by samples of the input,`,
      estimate,
      input,
      memoryBytes,
    );
  }
}

function tooManyDocuments(
  shown: string,
  documents: number,
  input: InputFiles,
  memoryBytes: number,
): DataError {
  const needed = gigabytes(2 * bytesPerDocument * documents);
  return new DataError(
    `${shown} need more than the ${memoryBytes / 1e9} GB of memory allowed; ${needed} GB would do for them`,
    { path: input.files[0]!.path },
  );
}

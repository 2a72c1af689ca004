import type { OutputFile } from "../line-files/output-file.ts";

/** Consecutive documents of one file. */
export interface FileRun {
  /** Position in the list of inputs. */
  readonly file: number;
  readonly documents: number;
}

/** Documents of which each may be similar to some other of the group; arrays side by side, in input order. */
export interface DocumentGroup {
  /** Numbers of the documents in the whole input. */
  readonly documents: Uint32Array;
  readonly files: Uint32Array;
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
  readonly sizes: Uint32Array;
}

/** Where consecutive documents of the input lie: 16 bytes a document, in memory as in a file. */
export class DocumentList {
  count = 0;
  /** First document of each run, and the file of the run. */
  readonly #runs: { first: number; file: number }[] = [];
  #offsets = new Float64Array(1024);
  #lengths = new Uint32Array(1024);
  #sizes = new Uint32Array(1024);

  append(
    file: number,
    offsets: Float64Array<ArrayBuffer>,
    lengths: Uint32Array<ArrayBuffer>,
    sizes: Uint32Array<ArrayBuffer>,
  ): void {
    if (this.#runs.at(-1)?.file !== file) this.#runs.push({ first: this.count, file });
    const count = this.count + offsets.length;
    if (count > this.#offsets.length) this.#grow(Math.max(count, 2 * this.#offsets.length));
    this.#offsets.set(offsets, this.count);
    this.#lengths.set(lengths, this.count);
    this.#sizes.set(sizes, this.count);
    this.count = count;
  }

  #grow(room: number): void {
    const { count } = this;
    const grown = <A extends Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(larger: A, from: A): A => {
      larger.set(from.subarray(0, count));
      return larger;
    };
    this.#offsets = grown(new Float64Array(room), this.#offsets);
    this.#lengths = grown(new Uint32Array(room), this.#lengths);
    this.#sizes = grown(new Uint32Array(room), this.#sizes);
  }

  get runs(): FileRun[] {
    return this.#runs.map(({ first, file }, place) => ({
      file,
      documents: (this.#runs[place + 1]?.first ?? this.count) - first,
    }));
  }

  /** Append what {@link save} wrote. */
  load(bytes: Buffer, runs: readonly FileRun[]): void {
    const documents = bytes.length / 16;
    const { buffer, byteOffset } = bytes;
    const start = (place: number) => byteOffset + place * documents;
    // A copy, since the buffer's place in memory need not be a multiple of eight.
    const copy = (place: number, width: number) =>
      buffer.slice(start(place), start(place) + width * documents) as ArrayBuffer;
    const offsets = new Float64Array(copy(0, 8));
    const lengths = new Uint32Array(copy(8, 4));
    const sizes = new Uint32Array(copy(12, 4));
    let first = 0;
    for (const run of runs) {
      const end = first + run.documents;
      this.append(
        run.file,
        offsets.subarray(first, end),
        lengths.subarray(first, end),
        sizes.subarray(first, end),
      );
      first = end;
    }
  }

  async save(file: OutputFile): Promise<void> {
    for (const numbers of [this.#offsets, this.#lengths, this.#sizes]) {
      const held = numbers.subarray(0, this.count);
      await file.write(new Uint8Array(held.buffer, 0, held.byteLength));
    }
  }

  /** Position of its file in the list of inputs. */
  file(document: number): number {
    let [low, high] = [0, this.#runs.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#runs[middle]!.first <= document) low = middle;
      else high = middle - 1;
    }
    return this.#runs[low]!.file;
  }

  offset(document: number): number {
    return this.#offsets[document]!;
  }

  /** Bytes of its line, without the newline. */
  length(document: number): number {
    return this.#lengths[document]!;
  }

  /** Number of its shingles; 0 for a document without words. */
  size(document: number): number {
    return this.#sizes[document]!;
  }

  group(documents: Uint32Array): DocumentGroup {
    return {
      documents: documents.slice(),
      files: documents.map((document) => this.file(document)),
      offsets: Float64Array.from(documents, (document) => this.offset(document)),
      lengths: documents.map((document) => this.length(document)),
      sizes: documents.map((document) => this.size(document)),
    };
  }
}

import type { DocumentGroup, SignedRange } from "./tasks.ts";

/** Where every document of the input lies: 20 bytes a document. */
export class DocumentList {
  count = 0;
  readonly #fileStarts: number[] = [];
  #offsets = new Float64Array(1024);
  #lengths = new Uint32Array(1024);
  #sizes = new Uint32Array(1024);

  append(file: number, { offsets, lengths, sizes }: SignedRange): void {
    while (this.#fileStarts.length <= file) this.#fileStarts.push(this.count);
    const count = this.count + offsets.length;
    if (count > this.#offsets.length) this.#grow(Math.max(count, 2 * this.#offsets.length));
    this.#offsets.set(offsets, this.count);
    this.#lengths.set(lengths, this.count);
    this.#sizes.set(sizes, this.count);
    this.count = count;
  }

  #grow(room: number): void {
    const { count } = this;
    const grown = <A extends Float64Array | Uint32Array>(larger: A, smaller: A): A => {
      larger.set(smaller.subarray(0, count));
      return larger;
    };
    this.#offsets = grown(new Float64Array(room), this.#offsets);
    this.#lengths = grown(new Uint32Array(room), this.#lengths);
    this.#sizes = grown(new Uint32Array(room), this.#sizes);
  }

  /** Position of its file in the list of inputs. */
  file(document: number): number {
    let file = this.#fileStarts.length - 1;
    while (this.#fileStarts[file]! > document) file--;
    return file;
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

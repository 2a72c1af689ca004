import type { DocumentGroup } from "./document-list.ts";
import type { OutputFile } from "../line-files/output-file.ts";

/** A group as bytes: the number of its documents twice over, so that all stays on multiples of eight, then its arrays. */
export async function writeGroup(file: OutputFile, group: DocumentGroup): Promise<void> {
  const { documents, files, offsets, lengths, sizes } = group;
  const count = documents.length;
  const bytes = new ArrayBuffer(8 + 24 * count);
  new Uint32Array(bytes, 0, 2).fill(count);
  new Float64Array(bytes, 8, count).set(offsets);
  for (const [place, numbers] of [documents, files, lengths, sizes].entries()) {
    new Uint32Array(bytes, 8 + (8 + 4 * place) * count, count).set(numbers);
  }
  await file.write(new Uint8Array(bytes));
}

/** The groups of a file's bytes, in order. */
export function* readGroups({ buffer, byteOffset, length }: Buffer): Generator<DocumentGroup> {
  const bytes = buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer;
  for (let start = 0; start < length;) {
    const [count = 0] = new Uint32Array(bytes, start, 1);
    const numbers = (place: number) =>
      new Uint32Array(bytes, start + 8 + (8 + 4 * place) * count, count).slice();
    yield {
      offsets: new Float64Array(bytes, start + 8, count).slice(),
      documents: numbers(0),
      files: numbers(1),
      lengths: numbers(2),
      sizes: numbers(3),
    };
    start += 8 + 24 * count;
  }
}

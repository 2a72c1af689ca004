import { isUtf8 } from "node:buffer";
import { isBlank, LineProblem, linesOfRange, parseLine, type FileRange, type LineFields } from "./lines.ts";

/** What the lines of a range are, beside the documents. */
export interface RangeLines {
  readonly blankLines: number;
  /** Lines whose bytes are not UTF-8, and where the first of them begins. */
  readonly linesNotUtf8: number;
  readonly firstNotUtf8: number | undefined;
  /** The first line that is no document; nothing after it was read. */
  readonly problem: { readonly offset: number; readonly reason: string } | undefined;
}

/** A document's line, and where it is in the file. */
export interface DocumentLine {
  readonly text: string;
  readonly id: string;
  readonly offset: number;
  /** Of the line. */
  readonly bytes: number;
}

/** Read the documents of a range, in order. */
export function readRange(
  descriptor: number,
  range: FileRange,
  fields: LineFields,
  onDocument: (document: DocumentLine) => void,
): RangeLines {
  let [blankLines, linesNotUtf8] = [0, 0];
  let firstNotUtf8: number | undefined;
  let problem: RangeLines["problem"];
  for (const { offset, bytes } of linesOfRange(descriptor, range)) {
    if (isBlank(bytes)) {
      blankLines++;
      continue;
    }
    if (!isUtf8(bytes)) {
      linesNotUtf8++;
      firstNotUtf8 ??= offset;
    }
    try {
      onDocument({ ...parseLine(bytes, fields), offset, bytes: bytes.length });
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      problem = { offset, reason: error.message };
      break;
    }
  }
  return { blankLines, linesNotUtf8, firstNotUtf8, problem };
}

import { parseLine, readBytes, type LineFields } from "../../line-files/lines.ts";
import { cutText } from "../cut-text.ts";
import { jsonValueRange } from "../json-value.ts";
import { marksOf } from "../mark-list.ts";
import { SpanMarks, type KeptOccurrence } from "../span-marks.ts";
import { readWhole } from "./match-part.ts";

/** Documents of a range of the input, and where their texts are among all texts. */
export interface RangeDocuments {
  /** Position in the list of inputs. */
  readonly file: number;
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
  readonly textLengths: Uint32Array;
  /** Where the first of the texts begins. */
  readonly start: number;
}

/** Some marks of a file; see {@link MarkList}. */
interface MarkBlock {
  readonly descriptor: number;
  /** Byte of the file. */
  readonly position: number;
  readonly count: number;
}

/** Where the marks of a range are. */
export interface MarkBlocks {
  /** Of stretches within its texts; positions count from the first of these. */
  readonly own: MarkBlock;
  /** Of windows that others equal; positions are those among all texts. */
  readonly others: readonly MarkBlock[];
}

/** What becomes of the documents of a range. */
export interface WrittenRange {
  /** Lines of the documents that stay. */
  readonly output: Uint8Array<ArrayBuffer>;
  /** A line for each span. */
  readonly spanLines: Uint8Array<ArrayBuffer>;
  readonly spans: number;
  readonly changed: number;
  readonly emptied: number;
  readonly repeatedBytes: number;
  readonly removedBytes: number;
}

/** @param keep undefined: nothing is removed, only the spans are written down */
export function writeRange(
  descriptor: number,
  { offsets, lengths, textLengths, start: rangeStart }: RangeDocuments,
  fields: LineFields,
  markBlocks: MarkBlocks,
  keep: KeptOccurrence | undefined,
): WrittenRange {
  const count = offsets.length;
  const output: Uint8Array[] = [];
  const spanLines: string[] = [];
  const counts = { spans: 0, changed: 0, emptied: 0, repeatedBytes: 0, removedBytes: 0 };
  const regionStart = offsets[0] ?? 0;
  const regionEnd = count === 0 ? 0 : offsets[count - 1]! + lengths[count - 1]!;
  const region = readBytes(descriptor, regionStart, regionEnd - regionStart);
  const textBytes = textLengths.reduce((sum, length) => sum + length + 1, 0);
  const marks = readMarks(markBlocks, rangeStart, textBytes);
  let start = 0;
  for (let document = 0; document < count; document++) {
    const end = start + textLengths[document]!;
    const lineStart = offsets[document]! - regionStart;
    const line = region.subarray(lineStart, lineStart + lengths[document]!);
    let kept: Uint8Array | undefined = line;
    if (marks.isRepeated(start, end)) {
      const { text, id } = parseLine(line, fields);
      for (const span of marks.spans(start, end)) {
        spanLines.push(`{"id":${id},"start":${span.start},"end":${span.end}}\n`);
        counts.spans++;
        counts.repeatedBytes += span.end - span.start;
      }
      if (keep !== undefined) {
        const cut = cutText(Buffer.from(text), marks.removals(start, end, keep));
        counts.removedBytes += cut.removedBytes;
        if (cut.removedBytes > 0 && cut.text === "") {
          counts.emptied++;
          kept = undefined;
        } else if (cut.removedBytes > 0) {
          counts.changed++;
          kept = withText(line, fields.field, cut.text);
        }
      }
    }
    if (kept !== undefined && keep !== undefined) output.push(kept, newline);
    start = end + 1;
  }
  return { output: joined(output), spanLines: joined([Buffer.from(spanLines.join(""))]), ...counts };
}

function readMarks({ own, others }: MarkBlocks, rangeStart: number, textBytes: number): SpanMarks {
  const marks = new SpanMarks(textBytes);
  const add = ({ descriptor, position, count }: MarkBlock, before: number): void => {
    const words = new Uint32Array(2 * count);
    readWhole(descriptor, words, position);
    for (const mark of marksOf(words)) {
      const start = mark.position - before;
      if (mark.isFirst) marks.first(start, start + mark.length);
      else marks.repeated(start, start + mark.length);
    }
  };
  add(own, 0);
  for (const block of others) add(block, rangeStart);
  return marks;
}

const newline = Buffer.from("\n");

/** The line with another text; all its other bytes as they were. */
function withText(line: Buffer, field: string, text: string): Buffer {
  const { start, end } = jsonValueRange(line, field)!;
  return Buffer.concat([line.subarray(0, start), Buffer.from(JSON.stringify(text)), line.subarray(end)]);
}

/** In a buffer of their own, which can change threads. */
function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let filled = 0;
  for (const part of parts) {
    whole.set(part, filled);
    filled += part.length;
  }
  return whole;
}

import { DataError } from "../../core/errors.ts";
import { KeyTable } from "../key-table.ts";
import type { InputFiles } from "../line-files/input-files.ts";
import { lineError, lineNumberAt } from "../line-files/lines.ts";
import { PendingFiles } from "../line-files/pending-files.ts";
import { TaskThreads } from "../task-threads.ts";
import { anchorParts } from "./anchor-list.ts";
import { separator } from "./anchors.ts";
import { readWhole, type AnchorBlock } from "./match-part.ts";
import type { RepeatedSpansProgress, RepeatedSpansReport } from "./remove-repeated-spans.ts";
import type { ScannedRange } from "./scan-range.ts";
import { SpanMarks, type KeptOccurrence } from "./span-marks.ts";
import { SpillFile } from "./spill-file.ts";
import type { MatchTask, ScanTask, SpanTasks, ThreadSetting, WriteTask } from "./worker.ts";
import type { RangeDocuments } from "./write-range.ts";

interface RunOptions {
  readonly minimumBytes: number;
  readonly keep: KeptOccurrence;
  readonly field: string;
  readonly id: string;
  readonly memoryBytes: number;
  readonly workers: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: RepeatedSpansProgress) => void) | undefined;
}

interface OutputPaths {
  /** Left out, only the spans are written. */
  readonly output: string | undefined;
  readonly spans: string;
}

type Outcome = Omit<RepeatedSpansReport, "setting" | "inputBytes" | "seconds">;

/** Documents of a range, and where its anchors are in their file. */
interface ScannedDocuments extends RangeDocuments {
  readonly anchorPosition: number;
  readonly anchorCounts: Uint32Array;
}

/** Most bytes of the input that a thread reads for one task; a longer line is read whole. */
const largestRangeBytes = 4 << 20;
/** A document's places and its identifier's hash. */
const bytesPerDocument = 64;

/** One search for repeated spans, step after step. */
export class RepeatedSpansRun {
  readonly #input: InputFiles;
  readonly #options: RunOptions;
  readonly #paths: OutputPaths;
  readonly #texts: SpillFile;
  readonly #anchors: SpillFile;
  readonly #ranges: ScannedDocuments[] = [];
  readonly #periodic: Float64Array[] = [];
  readonly #ids = new KeyTable();
  readonly #warnings: string[] = [];
  #documents = 0;
  #textBytes = 0;
  #blankLines = 0;

  constructor(input: InputFiles, options: RunOptions, paths: OutputPaths) {
    this.#input = input;
    this.#options = options;
    this.#paths = paths;
    this.#texts = new SpillFile(paths.spans);
    this.#anchors = new SpillFile(paths.spans);
  }

  close(): void {
    this.#texts.close();
    this.#anchors.close();
  }

  async finish(): Promise<Outcome> {
    const { minimumBytes, field, id, workers, signal } = this.#options;
    const setting: ThreadSetting = {
      descriptors: this.#input.descriptors,
      fields: { field, id },
      minimumBytes,
      textDescriptor: this.#texts.descriptor,
      anchorDescriptor: this.#anchors.descriptor,
    };
    const source = new URL("./worker.ts", import.meta.url);
    const threads = new TaskThreads<SpanTasks>({ source, threads: workers, setting, signal });
    const files = new PendingFiles();
    try {
      await this.#scan(threads);
      const marks = new SharedArrayBuffer(SpanMarks.bufferBytes(this.#texts.bytes));
      await this.#match(threads, marks);
      const counts = await this.#write(threads, files, marks);
      this.#input.checkUnchanged();
      signal?.throwIfAborted();
      await files.commit();
      return {
        documents: this.#documents,
        kept: this.#documents - counts.emptied,
        ...counts,
        textBytes: this.#textBytes,
        keptBytes: this.#textBytes - counts.removedBytes,
        blankLines: this.#blankLines,
        warnings: this.#warnings,
        tableBytes: marks.byteLength + bytesPerDocument * this.#documents,
        spillBytes: this.#texts.bytes + this.#anchors.bytes,
      };
    } finally {
      await files.discard();
      await threads.close();
    }
  }

  async #scan(threads: TaskThreads<SpanTasks>): Promise<void> {
    const { memoryBytes, workers } = this.#options;
    const total = this.#input.bytes;
    const rangeBytes = Math.min(largestRangeBytes, Math.ceil(memoryBytes / 32 / workers));
    const ranges = this.#input.ranges(0, total, rangeBytes);
    const mirrored = this.#input.ranges(0, total, rangeBytes);
    const notUtf8 = new Occurrences();
    const notWellFormed = new Occurrences();
    let [done, file, linesBefore] = [0, 0, 0];
    this.#texts.append(Uint8Array.of(separator));
    const tasks = ranges.map((range): ScanTask => ({ kind: "scan", range }));
    for await (const scanned of threads.run<"scan">(tasks)) {
      const range = mirrored.next().value!;
      if (range.file !== file) [file, linesBefore] = [range.file, 0];
      const { path } = this.#input.files[file]!;
      if (scanned.problem !== undefined) {
        throw lineError(path, linesBefore + scanned.problem.place + 1, scanned.problem.reason);
      }
      notUtf8.add(scanned.linesNotUtf8, path, linesBefore + (scanned.firstNotUtf8 ?? 0) + 1);
      notWellFormed.add(scanned.textsNotWellFormed, path, linesBefore + 1);
      linesBefore += scanned.lines;
      this.#blankLines += scanned.blankLines;
      this.#keep(file, scanned);
      this.#checkMemory();
      this.#report("scan", (done += range.end - range.start), total);
    }
    if (notUtf8.count > 0) {
      this.#warnings.push(
        `${notUtf8.count} lines hold bytes that are not UTF-8, the first at ${notUtf8.place}; each counts as U+FFFD, and stays as it is in lines that are not cut`,
      );
    }
    if (notWellFormed.count > 0) {
      this.#warnings.push(
        `${notWellFormed.count} texts hold half a surrogate pair, which UTF-8 cannot; each counts as U+FFFD, and stays as it is in lines that are not cut`,
      );
    }
  }

  #keep(file: number, scanned: ScannedRange): void {
    const { texts, anchors, anchorCounts, periodic, offsets, lengths, textLengths } = scanned;
    const base = this.#texts.bytes;
    const anchorPosition = this.#anchors.bytes;
    const first = this.#documents;
    this.#texts.append(texts);
    this.#anchors.append(new Uint8Array(anchors.buffer));
    this.#periodic.push(periodic.map((place) => place + base));
    this.#ranges.push({ file, offsets, lengths, textLengths, base, anchorPosition, anchorCounts });
    this.#documents += offsets.length;
    this.#textBytes += texts.length - offsets.length;
    for (const [place, id] of scanned.ids.entries()) {
      const holder = this.#ids.getOrSet(id, first + place);
      if (holder !== first + place) throw this.#sameIdentifier(id, holder, first + place);
    }
  }

  #sameIdentifier(id: string, first: number, second: number): DataError {
    const [one, other] = [this.#placeOf(first), this.#placeOf(second)];
    return lineError(
      other.path,
      other.line,
      `the identifier ${id.slice(0, 80)} is that of ${one.path}, line ${one.line}; spans name their document by it`,
    );
  }

  #placeOf(document: number): { path: string; line: number } {
    let place = document;
    for (const { file, offsets } of this.#ranges) {
      if (place < offsets.length) {
        const { path, descriptor } = this.#input.files[file]!;
        return { path, line: lineNumberAt(descriptor, offsets[place]!) };
      }
      place -= offsets.length;
    }
    throw new RangeError(`document ${document} is not known`);
  }

  #checkMemory(): void {
    const { memoryBytes } = this.#options;
    const needed = this.#tableBytes();
    if (needed <= memoryBytes / 2) return;
    const gigabytes = Math.ceil((2 * needed) / 1e8) / 10;
    throw new DataError(
      `the bytes of ${this.#documents} documents need more than the ${memoryBytes / 1e9} GB of memory allowed; ${gigabytes} GB would do for those read until now`,
      { path: this.#input.files[0]!.path },
    );
  }

  #tableBytes(): number {
    return SpanMarks.bufferBytes(this.#texts.bytes) + bytesPerDocument * this.#documents;
  }

  async #match(threads: TaskThreads<SpanTasks>, marks: SharedArrayBuffer): Promise<void> {
    const { repeated } = new SpanMarks(marks);
    for (const stretches of this.#periodic) {
      for (let place = 0; place < stretches.length; place += 2) {
        repeated.mark(stretches[place]!, stretches[place + 1]!);
      }
    }
    const texts = this.#textsInMemory();
    const tasks = this.#blocks().map((blocks): MatchTask => ({ kind: "match", blocks, marks, texts }));
    let done = 0;
    for await (const _ of threads.run<"match">(tasks)) {
      done++;
      this.#report("match", Math.round((this.#textBytes * done) / anchorParts), this.#textBytes);
    }
  }

  /** Nothing when a quarter of the memory cannot hold them. */
  #textsInMemory(): SharedArrayBuffer | undefined {
    const { descriptor, bytes } = this.#texts;
    if (bytes > this.#options.memoryBytes / 4) return undefined;
    const texts = new SharedArrayBuffer(bytes);
    readWhole(descriptor, new Uint8Array(texts), 0);
    return texts;
  }

  /** For each part of the anchors where they are in their file. */
  *#blocks(): Generator<AnchorBlock[]> {
    const next = this.#ranges.map(({ anchorPosition }) => anchorPosition);
    for (let part = 0; part < anchorParts; part++) {
      yield this.#ranges.map(({ anchorCounts, base }, range) => {
        const block = { position: next[range]!, count: anchorCounts[part]!, base };
        next[range]! += 8 * block.count;
        return block;
      });
    }
  }

  async #write(threads: TaskThreads<SpanTasks>, files: PendingFiles, marks: SharedArrayBuffer) {
    const spansFile = await files.create(this.#paths.spans);
    const output = this.#paths.output === undefined ? undefined : await files.create(this.#paths.output);
    const keep = output === undefined ? undefined : this.#options.keep;
    const sums = { changed: 0, emptied: 0, spans: 0, repeatedBytes: 0, removedBytes: 0 };
    const tasks = this.#ranges.values().map((documents): WriteTask => {
      return { kind: "write", documents, marks, keep };
    });
    let [done, range] = [0, 0];
    for await (const written of threads.run<"write">(tasks)) {
      done += this.#ranges[range++]!.textLengths.reduce((sum, length) => sum + length, 0);
      this.#report("write", done, this.#textBytes);
      await spansFile.write(written.spanLines);
      await output?.write(written.output);
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += written[name];
    }
    return sums;
  }

  #report(step: RepeatedSpansProgress["step"], done: number, total: number): void {
    this.#options.onProgress?.({ step, done, total, unit: "bytes" });
  }
}

/** How often something came, and where first. */
class Occurrences {
  count = 0;
  place = "";

  add(count: number, path: string, line: number): void {
    if (this.count === 0 && count > 0) this.place = `${path}, line ${line}`;
    this.count += count;
  }
}

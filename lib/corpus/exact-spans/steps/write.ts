import { closeSync, openSync } from "node:fs";
import { recordMade } from "../../../core/lineage.ts";
import { lineNumberAt } from "../../line-files/lines.ts";
import { PendingFiles } from "../../line-files/pending-files.ts";
import { anchorParts } from "../anchor-list.ts";
import { bytesPerAnchor, taskCounts } from "../plan.ts";
import type { MarkBlocks } from "../threads/write-range.ts";
import type { WriteTask } from "../threads/worker.ts";
import { bytesPerDocument } from "./identifiers.ts";
import { matchFiles, rangeStarts, textBytesOf, type MatchResult } from "./match.ts";
import { placesOf, scanFiles, type ScanResult } from "./scanned-shard.ts";
import type { SpanRun } from "./span-run.ts";

/** What a removal found; `documents = kept + emptied`, `textBytes = keptBytes + removedBytes`. */
export interface WriteResult {
  readonly documents: number;
  readonly kept: number;
  /** Documents of whose text nothing was left; their lines are left out. */
  readonly emptied: number;
  /** Kept documents with a shorter text. */
  readonly changed: number;
  readonly spans: number;
  readonly textBytes: number;
  /** Bytes in spans. */
  readonly repeatedBytes: number;
  readonly removedBytes: number;
  readonly keptBytes: number;
  readonly blankLines: number;
  readonly warnings: readonly string[];
  readonly inputBytes: number;
  /** Memory for what is known of the documents, and for one part of the anchors and what comes of them. */
  readonly tableBytes: number;
  /** Size of the files of the work, which are there until the end. */
  readonly spillBytes: number;
}

/** Cut the texts, and write the results, which appear together or not at all. */
export async function writeResults(run: SpanRun): Promise<WriteResult> {
  const { input, setting } = run;
  const scanned = run.resultsOf<ScanResult>("scan");
  const files = new PendingFiles();
  const from = input.files.map(({ path }) => path);
  for (const path of [setting.spans, setting.output])
    if (path !== undefined) recordMade({ kind: "documents", path, from, step: "removeRepeatedSpans" });
  const marks = new MarkPlaces(run, scanned);
  const sums = { changed: 0, emptied: 0, spans: 0, repeatedBytes: 0, removedBytes: 0 };
  const sum = (count: (shard: ScanResult) => number) =>
    scanned.reduce((total, shard) => total + count(shard), 0);
  const documents = sum((shard) => shard.documents);
  const anchors = sum((shard) => shard.ranges.reduce((count, range) => count + range.anchors, 0));
  // Of each shard's file the first byte belongs to no text, and of each text the last.
  const textBytes = sum((shard) => textBytesOf(shard) - 1 - shard.documents);
  try {
    const spans = await files.create(setting.spans);
    const output = setting.output === undefined ? undefined : await files.create(setting.output);
    const ranges = scanned.flatMap((shard) => shard.ranges);
    let [done, range] = [0, 0];
    for await (const written of run.threads.run<"write">(writeTasks(run, scanned, marks))) {
      done += ranges[range]!.textBytes - ranges[range]!.documents;
      range++;
      await spans.write(written.spanLines);
      await output?.write(written.output);
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += written[name];
      run.report("write", done, textBytes);
    }
    input.checkUnchanged();
    setting.signal?.throwIfAborted();
    await files.commit();
  } finally {
    await files.discard();
    marks.close();
  }
  return {
    documents,
    kept: documents - sums.emptied,
    ...sums,
    textBytes,
    keptBytes: textBytes - sums.removedBytes,
    blankLines: sum((shard) => shard.blankLines),
    warnings: warningsOf(run, scanned),
    inputBytes: input.bytes,
    tableBytes: bytesPerDocument * documents + Math.round((bytesPerAnchor * anchors) / anchorParts),
    spillBytes: spillBytes(run),
  };
}

/** For each range of the input what it takes to write it. */
function* writeTasks(run: SpanRun, scanned: readonly ScanResult[], marks: MarkPlaces): Generator<WriteTask> {
  const starts = rangeStarts(scanned);
  const keep = run.setting.output === undefined ? undefined : run.plan.keep;
  for (const [shard, { ranges }] of scanned.entries()) {
    let range = 0;
    for (const places of placesOf(run, shard, ranges)) {
      const { file, periodic } = ranges[range]!;
      const documents = { file, ...places, start: starts[shard]![range]! };
      yield { kind: "write", documents, marks: marks.next(shard, periodic), keep };
      range++;
    }
  }
}

/** Where the marks of each range lie; ranges are asked for in their order. */
class MarkPlaces {
  readonly #periodicFiles: number[] = [];
  readonly #markFiles: number[] = [];
  /** Of each section of marks its file, where those of the next range begin, and how many each range has. */
  readonly #sections: { descriptor: number; position: number; readonly counts: Uint32Array }[] = [];
  #shard = -1;
  #periodicPosition = 0;
  #range = 0;

  constructor(run: SpanRun, scanned: readonly ScanResult[]) {
    const { work } = run;
    const ranges = scanned.reduce((sum, shard) => sum + shard.ranges.length, 0);
    try {
      for (const shard of scanned.keys()) {
        this.#periodicFiles.push(openSync(work.fileOf("scan", shard, scanFiles.periodic), "r"));
      }
      for (const [task, { sections }] of run.resultsOf<MatchResult>("match").entries()) {
        const descriptor = openSync(work.fileOf("match", task, matchFiles.marks), "r");
        this.#markFiles.push(descriptor);
        const all = work.readNumbers("match", task, matchFiles.counts, Uint32Array);
        let position = 0;
        for (let section = 0; section < sections; section++) {
          const counts = all.subarray(section * ranges, (section + 1) * ranges);
          this.#sections.push({ descriptor, position, counts });
          position += bytesPerMark * counts.reduce((sum, count) => sum + count, 0);
        }
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** @param periodic stretches of the range's own texts */
  next(shard: number, periodic: number): MarkBlocks {
    const blocks = this.#sections.map((section) => {
      const { descriptor, position } = section;
      const count = section.counts[this.#range]!;
      section.position += bytesPerMark * count;
      return { descriptor, position, count };
    });
    this.#range++;
    if (shard !== this.#shard) [this.#shard, this.#periodicPosition] = [shard, 0];
    const descriptor = this.#periodicFiles[shard]!;
    const own = { descriptor, position: this.#periodicPosition, count: periodic };
    this.#periodicPosition += bytesPerMark * periodic;
    return { own, others: blocks.filter(({ count }) => count > 0) };
  }

  close(): void {
    for (const descriptor of [...this.#periodicFiles, ...this.#markFiles]) closeSync(descriptor);
  }
}

/** In a file of marks. */
const bytesPerMark = 8;

function spillBytes({ plan, work }: SpanRun): number {
  const { write: _write, ...counts } = taskCounts(plan);
  let bytes = 0;
  for (const [step, count] of Object.entries(counts) as ["scan" | "match", number][]) {
    const names = Object.values(step === "scan" ? scanFiles : matchFiles);
    for (let task = 0; task < count; task++) {
      for (const name of names) bytes += work.sumOf(step, task, name).bytes;
    }
  }
  return bytes;
}

function warningsOf({ input }: SpanRun, scanned: readonly ScanResult[]): string[] {
  const warnings: string[] = [];
  const stays = "each counts as U+FFFD, and stays as it is in lines that are not cut";
  const first = scanned.find(({ firstNotUtf8 }) => firstNotUtf8 !== undefined)?.firstNotUtf8;
  if (first !== undefined) {
    const lines = scanned.reduce((sum, shard) => sum + shard.linesNotUtf8, 0);
    const { path, descriptor } = input.files[first.file]!;
    const place = `${path}, line ${lineNumberAt(descriptor, first.offset)}`;
    warnings.push(`${lines} lines hold bytes that are not UTF-8, the first at ${place}; ${stays}`);
  }
  const texts = scanned.reduce((sum, shard) => sum + shard.textsNotWellFormed, 0);
  if (texts > 0) warnings.push(`${texts} texts hold half a surrogate pair, which UTF-8 cannot; ${stays}`);
  return warnings;
}

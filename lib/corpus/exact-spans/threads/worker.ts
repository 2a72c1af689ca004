/** A thread that looks for exact spans: takes a task, answers with its result. */
import { parentPort, workerData } from "node:worker_threads";
import type { FileRange, LineFields } from "../../line-files/lines.ts";
import { AnchorList } from "../anchor-list.ts";
import { Anchors } from "../anchors.ts";
import { countMarks, MarkList } from "../mark-list.ts";
import { RepeatedWindows } from "../repeated-windows.ts";
import type { KeptOccurrence } from "../span-marks.ts";
import { TextsInFiles, TextsInMemory, type TextFile, type Texts } from "../texts.ts";
import { matchPart, type AnchorBlocks } from "./match-part.ts";
import { scanRange, type ScannedRange } from "./scan-range.ts";
import { writeRange, type MarkBlocks, type RangeDocuments, type WrittenRange } from "./write-range.ts";

/** What the tasks of a thread need. */
export interface ThreadSetting {
  /** Open files of the inputs; threads of a process share them. */
  readonly descriptors: readonly number[];
  readonly fields: LineFields;
  readonly minimumBytes: number;
}

export interface ScanTask {
  readonly kind: "scan";
  readonly range: FileRange;
}

export interface MatchTask {
  readonly kind: "match";
  readonly parts: readonly AnchorBlocks[];
  /** All texts: their bytes, or their files. */
  readonly texts: SharedArrayBuffer | readonly TextFile[];
  /** Where the texts of each range of the input begin. */
  readonly rangeStarts: Float64Array;
}

/** Repeated windows of some parts of the anchors, in the order of their positions; see {@link MarkList}. */
export interface MatchedParts {
  readonly marks: Uint32Array<ArrayBuffer>;
  /** How many lie in each range of the input. */
  readonly counts: Uint32Array<ArrayBuffer>;
}

export interface WriteTask {
  readonly kind: "write";
  readonly documents: RangeDocuments;
  readonly marks: MarkBlocks;
  readonly keep: KeptOccurrence | undefined;
}

/** The tasks and what comes of them. */
export interface SpanTasks {
  readonly scan: { readonly task: ScanTask; readonly result: ScannedRange };
  readonly match: { readonly task: MatchTask; readonly result: MatchedParts };
  readonly write: { readonly task: WriteTask; readonly result: WrittenRange };
}

const { descriptors, fields, minimumBytes } = workerData as ThreadSetting;
const anchors = new Anchors(minimumBytes);
const list = new AnchorList();
const found = new MarkList();
let windows: RepeatedWindows | undefined;

parentPort!.on("message", (task: ScanTask | MatchTask | WriteTask) => {
  if (task.kind === "scan") {
    const scanned = scanRange(descriptors[task.range.file]!, task.range, fields, anchors, list);
    parentPort!.postMessage(scanned, [scanned.texts.buffer, scanned.anchors.buffer]);
  } else if (task.kind === "match") {
    windows ??= new RepeatedWindows(anchors, textsOf(task), found);
    for (const part of task.parts) matchPart(part, windows);
    const marks = found.take();
    const matched: MatchedParts = { marks, counts: countMarks(marks, task.rangeStarts) };
    parentPort!.postMessage(matched, [marks.buffer]);
  } else {
    const { documents, marks, keep } = task;
    const written = writeRange(descriptors[documents.file]!, documents, fields, marks, keep);
    parentPort!.postMessage(written, [written.output.buffer, written.spanLines.buffer]);
  }
});

function textsOf({ texts }: MatchTask): Texts {
  return texts instanceof SharedArrayBuffer
    ? new TextsInMemory(new Uint8Array(texts))
    : new TextsInFiles(texts, anchors);
}

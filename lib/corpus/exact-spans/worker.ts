/** A thread that looks for exact spans: takes a task, answers with its result. */
import { parentPort, workerData } from "node:worker_threads";
import type { FileRange, LineFields } from "../line-files/lines.ts";
import { AnchorList } from "./anchor-list.ts";
import { Anchors } from "./anchors.ts";
import { matchPart, type AnchorBlock } from "./match-part.ts";
import { RepeatedWindows } from "./repeated-windows.ts";
import { scanRange, type ScannedRange } from "./scan-range.ts";
import { SpanMarks, type KeptOccurrence } from "./span-marks.ts";
import { TextsInFile, TextsInMemory, type Texts } from "./texts.ts";
import { writeRange, type RangeDocuments, type WrittenRange } from "./write-range.ts";

/** What the tasks of a thread need. */
export interface ThreadSetting {
  /** Open files of the inputs; threads of a process share them. */
  readonly descriptors: readonly number[];
  readonly fields: LineFields;
  readonly minimumBytes: number;
  readonly textDescriptor: number;
  readonly anchorDescriptor: number;
}

export interface ScanTask {
  readonly kind: "scan";
  readonly range: FileRange;
}

export interface MatchTask {
  readonly kind: "match";
  readonly blocks: readonly AnchorBlock[];
  readonly marks: SharedArrayBuffer;
  /** All texts; left out, they are read from their file. */
  readonly texts: SharedArrayBuffer | undefined;
}

export interface WriteTask {
  readonly kind: "write";
  readonly documents: RangeDocuments;
  readonly marks: SharedArrayBuffer;
  readonly keep: KeptOccurrence | undefined;
}

/** The tasks and what comes of them. */
export interface SpanTasks {
  readonly scan: { readonly task: ScanTask; readonly result: ScannedRange };
  readonly match: { readonly task: MatchTask; readonly result: null };
  readonly write: { readonly task: WriteTask; readonly result: WrittenRange };
}

const { descriptors, fields, minimumBytes, textDescriptor, anchorDescriptor } = workerData as ThreadSetting;
const anchors = new Anchors(minimumBytes);
const list = new AnchorList();
let windows: RepeatedWindows | undefined;

parentPort!.on("message", (task: ScanTask | MatchTask | WriteTask) => {
  if (task.kind === "scan") {
    const scanned = scanRange(descriptors[task.range.file]!, task.range, fields, anchors, list);
    parentPort!.postMessage(scanned, [scanned.texts.buffer, scanned.anchors.buffer]);
  } else if (task.kind === "match") {
    windows ??= new RepeatedWindows(anchors, textsOf(task), new SpanMarks(task.marks));
    matchPart(anchorDescriptor, task.blocks, windows);
    parentPort!.postMessage(null, []);
  } else {
    const { documents, marks, keep } = task;
    const written = writeRange(descriptors[documents.file]!, documents, fields, new SpanMarks(marks), keep);
    parentPort!.postMessage(written, [written.output.buffer, written.spanLines.buffer]);
  }
});

function textsOf({ texts }: MatchTask): Texts {
  return texts === undefined
    ? new TextsInFile(textDescriptor, anchors)
    : new TextsInMemory(new Uint8Array(texts));
}

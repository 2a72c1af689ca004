import { closeSync, openSync } from "node:fs";
import { anchorParts } from "../anchor-list.ts";
import { taskCounts } from "../plan.ts";
import type { TextFile } from "../texts.ts";
import { readWhole, type AnchorBlocks } from "../threads/match-part.ts";
import type { MatchTask } from "../threads/worker.ts";
import { bytesOf } from "../../bytes-of.ts";
import { scanFiles, type ScanResult } from "./scanned-shard.ts";
import type { SpanRun } from "./span-run.ts";

/** Its files: marks of sections, and for each section how many marks lie in each range of the input. */
export interface MatchResult {
  /** Some parts of the anchors, whose marks are in order. */
  readonly sections: number;
}

/** In the file of anchors. */
const bytesOfAnchor = 8;

export const matchFiles = { marks: "marks.bin", counts: "mark-counts.bin" } as const;

/** Compare the anchors of parts and note which windows are repeated. */
export async function matchAnchors(run: SpanRun, tasks: readonly number[]): Promise<void> {
  const { work, threads, setting } = run;
  const scanned = run.resultsOf<ScanResult>("scan");
  const textBytes = scanned.reduce((sum, shard) => sum + textBytesOf(shard), 0);
  const [textFiles, anchorFiles] = [openFiles(run, scanFiles.texts), openFiles(run, scanFiles.anchors)];
  try {
    const starts = Float64Array.from(rangeStarts(scanned).flat());
    const parts = new AnchorPlaces(run, scanned, anchorFiles, starts);
    let next = 0;
    const files = scanned.map((shard, place): TextFile => {
      const start = next;
      next += textBytesOf(shard);
      return { descriptor: textFiles[place]!, start };
    });
    const texts = textBytes > setting.memoryBytes / 4 ? files : readTexts(files, textBytes);
    const sections = tasks.flatMap((task) => sectionsOf(run, task));
    const messages = sections.values().map((section): MatchTask => {
      return { kind: "match", parts: section.map((part) => parts.of(part)), texts, rangeStarts: starts };
    });
    const matched = threads.run<"match">(messages);
    let done = anchorParts - sections.flat().length;
    await work.makeTasks("match", tasks, async (task, pending) => {
      const own = sectionsOf(run, task);
      const [marksFile, countsFile] = [
        await pending.create(matchFiles.marks),
        await pending.create(matchFiles.counts),
      ];
      for (const section of own) {
        const { marks, counts } = (await matched.next()).value!;
        await marksFile.write(bytesOf(marks));
        await countsFile.write(bytesOf(counts));
        done += section.length;
        run.report("match", Math.round((textBytes * done) / anchorParts), textBytes);
      }
      return { sections: own.length } satisfies MatchResult;
    });
  } finally {
    for (const descriptor of [...textFiles, ...anchorFiles]) closeSync(descriptor);
  }
}

/** Bytes of a shard's file of texts. */
export function textBytesOf({ ranges }: ScanResult): number {
  return ranges.reduce((sum, range) => sum + range.textBytes, 1);
}

/** For each shard where the texts of its ranges begin among all texts. */
export function rangeStarts(scanned: readonly ScanResult[]): number[][] {
  let position = 0;
  return scanned.map(({ ranges }) => {
    position++;
    return ranges.map(({ textBytes }) => {
      position += textBytes;
      return position - textBytes;
    });
  });
}

function openFiles({ plan, work }: SpanRun, name: string): number[] {
  return Array.from({ length: plan.shards }, (_, shard) => openSync(work.fileOf("scan", shard, name), "r"));
}

function readTexts(files: readonly TextFile[], bytes: number): SharedArrayBuffer {
  const texts = new SharedArrayBuffer(bytes);
  for (const [place, { descriptor, start }] of files.entries()) {
    const end = files[place + 1]?.start ?? bytes;
    readWhole(descriptor, new Uint8Array(texts, start, end - start), 0);
  }
  return texts;
}

/** Parts of the anchors of a task, as a thread takes them at a time. */
function sectionsOf({ plan, partsAtATime }: SpanRun, task: number): number[][] {
  const tasks = taskCounts(plan).match;
  const [first, end] = [task, task + 1].map((place) => Math.floor((place * anchorParts) / tasks)) as [
    number,
    number,
  ];
  const sections: number[][] = [];
  for (let part = first; part < end; part += partsAtATime) {
    const length = Math.min(partsAtATime, end - part);
    sections.push(Array.from({ length }, (_, place) => part + place));
  }
  return sections;
}

/** Where the anchors of each part lie; parts are asked for in their order. */
class AnchorPlaces {
  /** Of each range the file of its anchors, where the next part of them begins, and how many each part has. */
  readonly #descriptors: number[] = [];
  readonly #positions: number[] = [];
  readonly #counts: Uint32Array[] = [];
  readonly #starts: Float64Array;
  #part = 0;

  constructor(
    { work }: SpanRun,
    scanned: readonly ScanResult[],
    files: readonly number[],
    starts: Float64Array,
  ) {
    this.#starts = starts;
    for (const [shard, { ranges }] of scanned.entries()) {
      const counts = work.readNumbers("scan", shard, scanFiles.anchorCounts, Uint32Array);
      let position = 0;
      for (const [range, { anchors }] of ranges.entries()) {
        this.#descriptors.push(files[shard]!);
        this.#positions.push(position);
        this.#counts.push(counts.subarray(range * anchorParts, (range + 1) * anchorParts));
        position += bytesOfAnchor * anchors;
      }
    }
  }

  of(part: number): AnchorBlocks {
    while (this.#part < part) this.#next();
    return {
      descriptors: Uint32Array.from(this.#descriptors),
      positions: Float64Array.from(this.#positions),
      counts: Uint32Array.from(this.#counts, (counts) => counts[part]!),
      starts: this.#starts,
    };
  }

  #next(): void {
    for (const [range, counts] of this.#counts.entries()) {
      this.#positions[range]! += bytesOfAnchor * counts[this.#part]!;
    }
    this.#part++;
  }
}

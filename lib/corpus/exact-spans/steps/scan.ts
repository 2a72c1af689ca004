import { bytesOf } from "../../bytes-of.ts";
import { lineError, lineNumberAt, type FileRange } from "../../line-files/lines.ts";
import { separator } from "../anchors.ts";
import { rangeBytesOf } from "../plan.ts";
import type { ScannedRange } from "../threads/scan-range.ts";
import { Identifiers } from "./identifiers.ts";
import { scanFiles, type Place, type RangeResult, type ScanResult } from "./scanned-shard.ts";
import type { SpanRun } from "./span-run.ts";

/** Read the documents of shards and choose their anchors; while one shard is finished, threads work on the next. */
export async function scanShards(run: SpanRun, shards: readonly number[]): Promise<void> {
  const { input, work } = run;
  const identifiers = new Identifiers(run);
  const pieces = shards.flatMap((shard) => rangesOf(run, shard));
  const scanned = run.threads.run<"scan">(pieces.values().map((range) => ({ kind: "scan", range }) as const));
  let done = input.bytes - pieces.reduce((sum, { start, end }) => sum + end - start, 0);
  await work.makeTasks("scan", shards, async (shard, pending) => {
    const files = {
      texts: await pending.create(scanFiles.texts),
      anchors: await pending.create(scanFiles.anchors),
      anchorCounts: await pending.create(scanFiles.anchorCounts),
      documents: await pending.create(scanFiles.documents),
      ids: await pending.create(scanFiles.ids),
      periodic: await pending.create(scanFiles.periodic),
    };
    await files.texts.write(Uint8Array.of(separator));
    const ranges: RangeResult[] = [];
    const counts = { documents: 0, blankLines: 0, linesNotUtf8: 0, textsNotWellFormed: 0 };
    let firstNotUtf8: Place | undefined;
    for (const range of rangesOf(run, shard)) {
      const piece = (await scanned.next()).value as ScannedRange;
      stopAtProblem(run, range, piece);
      identifiers.add(range.file, piece.ids, piece.offsets);
      await files.texts.write(piece.texts);
      await files.anchors.write(bytesOf(piece.anchors));
      await files.anchorCounts.write(bytesOf(piece.anchorCounts));
      for (const numbers of [piece.offsets, piece.lengths, piece.textLengths]) {
        await files.documents.write(bytesOf(numbers));
      }
      await files.ids.write(bytesOf(piece.ids));
      await files.periodic.write(bytesOf(piece.periodic));
      ranges.push({
        file: range.file,
        documents: piece.offsets.length,
        textBytes: piece.texts.length,
        anchors: piece.anchors.length / 2,
        periodic: piece.periodic.length / 2,
      });
      counts.documents += piece.offsets.length;
      counts.blankLines += piece.blankLines;
      counts.linesNotUtf8 += piece.linesNotUtf8;
      counts.textsNotWellFormed += piece.textsNotWellFormed;
      if (piece.firstNotUtf8 !== undefined) {
        firstNotUtf8 ??= { file: range.file, offset: piece.firstNotUtf8 };
      }
      run.report("scan", (done += range.end - range.start), input.bytes);
    }
    return { ranges, ...counts, firstNotUtf8 } satisfies ScanResult;
  });
}

function rangesOf({ plan, input }: SpanRun, shard: number): FileRange[] {
  const [start, end] = [shard, shard + 1].map((place) => Math.floor((place * input.bytes) / plan.shards)) as [
    number,
    number,
  ];
  return [...input.ranges(start, end, rangeBytesOf(plan))];
}

function stopAtProblem({ input }: SpanRun, { file }: FileRange, { problem }: ScannedRange): void {
  if (problem === undefined) return;
  const { path, descriptor } = input.files[file]!;
  throw lineError(path, lineNumberAt(descriptor, problem.offset), problem.reason);
}

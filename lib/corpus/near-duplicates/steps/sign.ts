import { DocumentList, type FileRun } from "../document-list.ts";
import { KeyColumnsWriter } from "../key-columns.ts";
import { lineError, lineNumberAt, type FileRange } from "../../line-files/lines.ts";
import type { SignedRange } from "../threads/sign-range.ts";
import type { StepRun } from "./step-run.ts";

/** What a shard of the input holds. Its files: places of the documents, keys of the documents. */
export interface SignResult {
  readonly documents: number;
  readonly runs: readonly FileRun[];
  readonly withoutWords: number;
  readonly blankLines: number;
  readonly linesNotUtf8: number;
  readonly firstNotUtf8: { readonly file: number; readonly offset: number } | undefined;
  /** CRC-32 of each column of keys. */
  readonly columnSums: readonly number[];
}

/** Find the band keys of the documents of shards; while one shard is finished, threads work on the next. */
export async function signShards(run: StepRun, shards: readonly number[]): Promise<void> {
  const { input, plan } = run;
  const pieces = shards.flatMap((shard) => rangesOf(run, shard)).values();
  const signed = run.threads.run<"sign">(pieces.map((range) => ({ kind: "sign", range }) as const));
  const before = run.finishedResults<SignResult>("sign");
  let count = before.reduce((sum, { documents }) => sum + documents, 0);
  let done = input.bytes - shards.reduce((sum, shard) => sum + bytesOf(run, shard), 0);
  await run.work.makeTasks("sign", shards, async (shard, pending) => {
    const keys = new KeyColumnsWriter(await pending.create("keys.bin"), plan.banding.bands + 1);
    const documents = new DocumentList();
    const lines = new LineCounts();
    for (const range of rangesOf(run, shard)) {
      const piece = (await signed.next()).value as SignedRange;
      stopAtProblem(run, range, piece);
      documents.append(range.file, piece.offsets, piece.lengths, piece.sizes);
      lines.add(range.file, piece);
      await keys.add(piece.keys);
      run.checkMemory((count += piece.offsets.length));
      run.report("sign", (done += range.end - range.start), input.bytes, "bytes");
    }
    await documents.save(await pending.create("documents.bin"));
    const { count: documentCount, runs } = documents;
    return { documents: documentCount, runs, ...lines.counts, columnSums: await keys.finish() };
  });
}

/** The lines of a shard that say something about the input. */
class LineCounts {
  readonly counts = {
    withoutWords: 0,
    blankLines: 0,
    linesNotUtf8: 0,
    firstNotUtf8: undefined as SignResult["firstNotUtf8"],
  };

  add(file: number, { sizes, blankLines, linesNotUtf8, firstNotUtf8 }: SignedRange): void {
    const { counts } = this;
    counts.withoutWords += sizes.reduce((sum, size) => (size === 0 ? sum + 1 : sum), 0);
    counts.blankLines += blankLines;
    counts.linesNotUtf8 += linesNotUtf8;
    if (firstNotUtf8 !== undefined) counts.firstNotUtf8 ??= { file, offset: firstNotUtf8 };
  }
}

function stopAtProblem({ input }: StepRun, { file }: FileRange, { problem }: SignedRange): void {
  if (problem === undefined) return;
  const { path, descriptor } = input.files[file]!;
  throw lineError(path, lineNumberAt(descriptor, problem.offset), problem.reason);
}

/** First byte of a shard in all input files one after the other. */
function startOf({ plan, input }: StepRun, shard: number): number {
  return Math.floor((shard * input.bytes) / plan.shards);
}

function bytesOf(run: StepRun, shard: number): number {
  return startOf(run, shard + 1) - startOf(run, shard);
}

/** A piece gives its keys in one go, so it is the smaller the more of them a document has. */
const [largestPiece, smallestPiece] = [1 << 20, 1 << 19];

function rangesOf(run: StepRun, shard: number): FileRange[] {
  const pieceBytes = Math.max(smallestPiece, Math.floor((32 * largestPiece) / run.plan.banding.bands));
  const ranges = run.input.ranges(
    startOf(run, shard),
    startOf(run, shard + 1),
    Math.min(largestPiece, pieceBytes),
  );
  return [...ranges];
}

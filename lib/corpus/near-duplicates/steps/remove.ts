import { DocumentList } from "../document-list.ts";
import type { OutputFile } from "../../line-files/output-file.ts";
import { LineCopier } from "../line-copier.ts";
import { taskCounts } from "../plan.ts";
import type { SignResult } from "./sign.ts";
import type { StepRun } from "./step-run.ts";

/** Its file: the lines that stay. */
export interface RemoveResult {
  readonly kept: number;
}

export const keptFileName = "kept.jsonl";

/** Copy the lines of shards of the input that stay. */
export async function removeLines(run: StepRun, shards: readonly number[]): Promise<void> {
  const all = whatGoes(run);
  await run.work.makeTasks("remove", shards, async (shard, pending) => {
    const kept = await copyKeptLines(run, shard, all, await pending.create(keptFileName));
    run.input.checkUnchanged();
    return { kept } satisfies RemoveResult;
  });
}

export interface AllDocuments {
  readonly shards: readonly SignResult[];
  /** For each document of the whole input a 1 if it goes. */
  readonly removed: Uint8Array;
}

export function whatGoes(run: StepRun): AllDocuments {
  const shards = run.resultsOf<SignResult>("sign");
  const removed = new Uint8Array(shards.reduce((sum, { documents }) => sum + documents, 0));
  for (let task = 0; task < taskCounts(run.plan).verify; task++) {
    const bytes = run.work.read("verify", task, "removed.bin");
    for (let place = 0; place < bytes.length; place += 4) removed[bytes.readUInt32LE(place)] = 1;
  }
  return { shards, removed };
}

/** @returns number of lines */
export async function copyKeptLines(
  run: StepRun,
  shard: number,
  { shards, removed }: AllDocuments,
  output: OutputFile,
): Promise<number> {
  const { work, input } = run;
  const documents = new DocumentList();
  documents.load(work.read("sign", shard, "documents.bin"), shards[shard]!.runs);
  const first = shards.slice(0, shard).reduce((sum, before) => sum + before.documents, 0);
  const copier = new LineCopier(output);
  let kept = 0;
  for (let document = 0; document < documents.count; document++) {
    if (document % 10_000 === 0) {
      run.report("write", first + document, removed.length, "documents");
      await run.giveWay();
    }
    if (removed[first + document] === 1) continue;
    kept++;
    const { descriptor } = input.files[documents.file(document)]!;
    const copied = copier.add(descriptor, documents.offset(document), documents.length(document));
    if (copied !== undefined) await copied;
  }
  await copier.flush();
  return kept;
}

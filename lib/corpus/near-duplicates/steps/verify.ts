import type { DocumentGroup } from "../document-list.ts";
import { readGroups } from "../group-file.ts";
import type { ClusterSummary, VerifiedGroups } from "../threads/verify-groups.ts";
import { groupFileName, type GroupResult } from "./group.ts";
import type { StepRun } from "./step-run.ts";

/** Its files: lines of removed documents, their numbers, lines of clusters, of pairs where they are asked for. */
export interface VerifyResult {
  readonly removed: number;
  readonly pairs: number;
  readonly clusters: ClusterCount;
}

export interface ClusterCount {
  readonly count: number;
  /** The largest first, of equal ones the earlier; at most ten. */
  readonly largest: readonly ClusterSummary[];
}

/** Documents that a thread compares at a time, unless one group alone has more. */
const documentsPerBatch = 512;

/** Compare the documents of groups, each pair exactly; while one task is finished, threads work on the next. */
export async function verifyGroups(run: StepRun, tasks: readonly number[]): Promise<void> {
  const { candidates, documents } = run.work.resultOf<GroupResult>("group", 0);
  let done = candidates - tasks.reduce((sum, task) => sum + documents[task]!, 0);
  const verified = run.threads.run<"verify">(batchesOf(run, tasks));
  await run.work.makeTasks("verify", tasks, async (task, pending) => {
    const removed = await pending.create("removed.jsonl");
    const numbers = await pending.create("removed.bin");
    const clusterLines = await pending.create("clusters.jsonl");
    const pairs = run.plan.allPairs ? await pending.create("pairs.jsonl") : undefined;
    const counts = { removed: 0, pairs: 0 };
    let clusters: ClusterCount = { count: 0, largest: [] };
    for (let compared = 0; compared < documents[task]!;) {
      const result = (await verified.next()).value as VerifiedGroups;
      await removed.write(Buffer.from(result.removedLines));
      await numbers.write(new Uint8Array(Uint32Array.from(result.removed).buffer));
      await pairs?.write(Buffer.from(result.pairLines));
      await clusterLines.write(Buffer.from(result.clusterLines));
      counts.removed += result.removed.length;
      counts.pairs += result.pairs;
      clusters = joinCounts(clusters, { count: result.clusters.length, largest: result.clusters });
      compared += result.compared;
      run.report("compare", (done += result.compared), candidates, "documents");
    }
    return { ...counts, clusters } satisfies VerifyResult;
  });
}

const largestClustersShown = 10;

export function joinCounts(one: ClusterCount, next: ClusterCount): ClusterCount {
  const largest = [...one.largest, ...next.largest].sort((left, right) => right.size - left.size);
  return { count: one.count + next.count, largest: largest.slice(0, largestClustersShown) };
}

function* batchesOf({ work }: StepRun, tasks: readonly number[]) {
  for (const task of tasks) {
    let groups: DocumentGroup[] = [];
    let documents = 0;
    for (const group of readGroups(work.read("group", 0, groupFileName(task)))) {
      groups.push(group);
      documents += group.documents.length;
      if (documents < documentsPerBatch) continue;
      yield { kind: "verify", groups } as const;
      [groups, documents] = [[], 0];
    }
    if (documents > 0) yield { kind: "verify", groups } as const;
  }
}

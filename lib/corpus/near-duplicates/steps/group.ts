import { UnionFind } from "../../union-find.ts";
import { writeGroup } from "../group-file.ts";
import { taskCounts } from "../plan.ts";
import type { StepRun } from "./step-run.ts";

/** Its files, one for each task of verification: the groups of documents that are to be compared. */
export interface GroupResult {
  /** Documents that shared a band with another. */
  readonly candidates: number;
  /** Documents of each file. */
  readonly documents: readonly number[];
}

export function groupFileName(verifyTask: number): string {
  return `groups-${String(verifyTask).padStart(5, "0")}.bin`;
}

/** Cut the documents that a chain of agreements connects into tasks of like size, in the order of the input. */
export async function groupCandidates(run: StepRun): Promise<void> {
  const documents = run.allDocuments();
  const sets = new UnionFind(documents.count);
  for (let task = 0; task < taskCounts(run.plan).link; task++) {
    const bytes = run.work.read("link", task, "links.bin");
    for (let place = 0; place < bytes.length; place += 8) {
      sets.join(bytes.readUInt32LE(place), bytes.readUInt32LE(place + 4));
    }
    await run.giveWay();
  }
  const candidates = sets.groupedMembers();
  const tasks = taskCounts(run.plan).verify;
  await run.work.makeTask("group", 0, async (pending) => {
    const counts = Array.from({ length: tasks }, () => 0);
    const groups = sets.groups();
    let group = groups.next();
    let written = 0;
    for (let task = 0; task < tasks; task++) {
      const file = await pending.create(groupFileName(task));
      const end = (candidates * (task + 1)) / tasks;
      for (; group.done !== true && written < end; group = groups.next()) {
        await writeGroup(file, documents.group(group.value));
        written += group.value.length;
        counts[task]! += group.value.length;
      }
    }
    return { candidates, documents: counts } satisfies GroupResult;
  });
}

import { closeSync, openSync } from "node:fs";
import { UnionFind } from "../../union-find.ts";
import { lineError, lineNumberAt, parseLine, readBytes } from "../../line-files/lines.ts";
import { taskCounts } from "../plan.ts";
import type { LinkTask } from "../threads/link-column.ts";
import type { SignResult } from "./sign.ts";
import type { StepRun } from "./step-run.ts";

/** Its file: pairs of the first document of a set and another of it, two numbers a pair. */
export interface LinkResult {
  readonly links: number;
}

/** Connect documents that agree in a band, and find identifiers that come twice. */
export async function linkBands(run: StepRun, tasks: readonly number[]): Promise<void> {
  const { plan, work, threads } = run;
  const { bands } = plan.banding;
  const signed = run.resultsOf<SignResult>("sign");
  const documents = signed.reduce((sum, shard) => sum + shard.documents, 0);
  run.checkMemory(documents);
  const descriptors: number[] = [];
  try {
    for (const shard of signed.keys()) descriptors.push(openKeys(run, shard));
    const linkTask = (column: number): { readonly kind: "link" } & LinkTask => ({
      kind: "link",
      files: signed.map((shard, position) => ({
        descriptor: descriptors[position]!,
        documents: shard.documents,
        sum: shard.columnSums[column]!,
      })),
      columns: bands + 1,
      column,
      tableBytes: run.tableBytesOfThread,
    });
    const columns = tasks.flatMap((task) => columnsOf(run, task)).values();
    const linked = threads.run<"link">(columns.map(linkTask));
    await run.work.makeTasks("link", tasks, async (task, pending) => {
      const sets = new UnionFind(documents);
      for (const column of columnsOf(run, task)) {
        const { links, damagedFile } = (await linked.next()).value!;
        if (damagedFile !== undefined) throw work.damage("sign", damagedFile, "keys.bin");
        for (let place = 0; place < links.length; place += 2) {
          if (column < bands) sets.join(links[place]!, links[place + 1]!);
          else checkIdentifiers(run, links[place]!, links[place + 1]!);
        }
        run.report("link", column, bands, "bands");
      }
      const found = sets.links();
      await (await pending.create("links.bin")).write(new Uint8Array(found.buffer, 0, found.byteLength));
      return { links: found.length / 2 } satisfies LinkResult;
    });
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
}

function openKeys({ work }: StepRun, shard: number): number {
  try {
    return openSync(work.fileOf("sign", shard, "keys.bin"), "r");
  } catch {
    throw work.damage("sign", shard, "keys.bin");
  }
}

/** Columns of keys of a task: some bands, or after the last band the identifiers. */
function columnsOf({ plan }: StepRun, task: number): number[] {
  const [columns, tasks] = [plan.banding.bands + 1, taskCounts(plan).link];
  const [first, end] = [task, task + 1].map((place) => Math.floor((place * columns) / tasks)) as [
    number,
    number,
  ];
  return Array.from({ length: end - first }, (_, place) => first + place);
}

/** Two identifiers have the same hash: stop if they are the same. */
function checkIdentifiers(run: StepRun, first: number, second: number): void {
  const documents = run.allDocuments();
  const [one, other] = [first, second].map((document) => {
    const { path, descriptor } = run.input.files[documents.file(document)]!;
    const offset = documents.offset(document);
    const bytes = readBytes(descriptor, offset, documents.length(document));
    const { id } = parseLine(bytes, run.plan.fields);
    return { id, path, lineNumber: () => lineNumberAt(descriptor, offset) };
  }) as [IdentifiedLine, IdentifiedLine];
  if (one.id !== other.id) return;
  throw lineError(
    other.path,
    other.lineNumber(),
    `the identifier ${one.id.slice(0, 80)} is that of ${one.path}, line ${one.lineNumber()}; what is removed must have a name of its own`,
  );
}

interface IdentifiedLine {
  readonly id: string;
  readonly path: string;
  readonly lineNumber: () => number;
}

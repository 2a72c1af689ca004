/** A thread of near-duplicate removal: takes a task, answers with its result. */
import { parentPort, workerData } from "node:worker_threads";
import type { Banding } from "../../minhash/banding.ts";
import type { DocumentGroup } from "../document-list.ts";
import type { FileRange, LineFields } from "../lines.ts";
import { linkColumn, type LinkTask } from "./link-column.ts";
import { RangeSigner } from "./sign-range.ts";
import { GroupVerifier } from "./verify-groups.ts";

/** What the tasks of a thread need. */
export interface ThreadSetting {
  /** Open files of the inputs; threads of a process share them. */
  readonly descriptors: readonly number[];
  readonly fields: LineFields;
  readonly banding: Banding;
  readonly threshold: number;
  readonly allPairs: boolean;
  /** Room for sets of shingles that are kept for the next comparison. */
  readonly cacheBytes: number;
}

export type Task =
  | { readonly kind: "sign"; readonly range: FileRange }
  | ({ readonly kind: "link" } & LinkTask)
  | { readonly kind: "verify"; readonly groups: readonly DocumentGroup[] };

let signer: RangeSigner | undefined;
let verifier: GroupVerifier | undefined;

parentPort!.on("message", (task: Task) => {
  const setting = workerData as ThreadSetting;
  if (task.kind === "sign") {
    const signed = (signer ??= new RangeSigner(setting)).sign(task.range);
    parentPort!.postMessage(signed, []);
  } else if (task.kind === "link") {
    const linked = linkColumn(task);
    parentPort!.postMessage(linked, [linked.links.buffer]);
  } else {
    parentPort!.postMessage((verifier ??= new GroupVerifier(setting)).verify(task.groups), []);
  }
});

/** A thread of near-duplicate removal: takes a task, answers with its result. */
import { parentPort, workerData } from "node:worker_threads";
import type { Banding } from "../../minhash/banding.ts";
import type { DocumentGroup } from "../document-list.ts";
import type { FileRange, LineFields } from "../../line-files/lines.ts";
import { forgetTable, linkColumn, type ColumnLinks, type LinkTask } from "./link-column.ts";
import { RangeSigner, type SignedRange } from "./sign-range.ts";
import { GroupVerifier, type VerifiedGroups } from "./verify-groups.ts";

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

interface SignTask {
  readonly kind: "sign";
  readonly range: FileRange;
}

interface VerifyTask {
  readonly kind: "verify";
  readonly groups: readonly DocumentGroup[];
}

/** The tasks and what comes of them. */
export interface DuplicateTasks {
  readonly sign: { readonly task: SignTask; readonly result: SignedRange };
  readonly link: { readonly task: { readonly kind: "link" } & LinkTask; readonly result: ColumnLinks };
  readonly verify: { readonly task: VerifyTask; readonly result: VerifiedGroups };
}

let signer: RangeSigner | undefined;
let verifier: GroupVerifier | undefined;

parentPort!.on("message", (task: DuplicateTasks[keyof DuplicateTasks]["task"]) => {
  const setting = workerData as ThreadSetting;
  if (task.kind === "sign") {
    const signed = (signer ??= new RangeSigner(setting)).sign(task.range);
    parentPort!.postMessage(signed, [signed.keys.buffer]);
  } else if (task.kind === "link") {
    const linked = linkColumn(task);
    parentPort!.postMessage(linked, [linked.links.buffer]);
  } else {
    forgetTable();
    parentPort!.postMessage((verifier ??= new GroupVerifier(setting)).verify(task.groups), []);
  }
});

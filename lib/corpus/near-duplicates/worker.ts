/** A thread of near-duplicate removal: takes a task, answers with its result. */
import { parentPort, workerData } from "node:worker_threads";
import { NearDuplicateTasks, type TaskSetting, type VerifyTask } from "./tasks.ts";
import type { FileRange } from "./lines.ts";

export type Task =
  | { readonly kind: "sign"; readonly range: FileRange }
  | ({ readonly kind: "verify" } & VerifyTask);

const tasks = new NearDuplicateTasks(workerData as TaskSetting);

parentPort!.on("message", (task: Task) => {
  parentPort!.postMessage(task.kind === "sign" ? tasks.sign(task.range) : tasks.verify(task), []);
});

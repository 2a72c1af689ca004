import { ArgumentError } from "../core/errors.ts";

/** @throws {ArgumentError} what is no job, such as the id of one, or a promise of one */
export function checkJob(job: unknown): void {
  const { folder, status } = (job ?? {}) as { folder?: unknown; status?: unknown };
  if (typeof folder !== "string" || typeof status !== "function")
    throw new ArgumentError("job", "a job, as startTraining, submitJob or await openJob(id) gives", job);
}

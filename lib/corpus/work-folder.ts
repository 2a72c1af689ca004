import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../core/errors.ts";
import { sha256, sha256OfFile } from "../core/hash.ts";
import { makeFolder } from "../core/make-folder.ts";
import { renameDurably } from "../core/write-file-atomically.ts";
import { OutputFile, SummedFile, type FileSum } from "./line-files/output-file.ts";

/** What a finished task says of itself; written last. */
interface TaskRecord<Result> {
  /** Fingerprint of the plan that it belongs to. */
  readonly plan: string;
  readonly files: Readonly<Record<string, FileSum>>;
  readonly result: Result;
}

const recordName = "complete.json";

/**
 * The folder in which the tasks of a long work leave what they made, so that none is done twice.
 *
 * A task writes into a folder under a temporary name, flushes it, adds its record with the SHA-256 of every file,
 * and renames the folder: a task's folder is whole or not there. Any number of machines may share one work folder.
 */
export class WorkFolder<Step extends string> {
  readonly path: string;
  readonly #plan: string;

  /** @param plan its fingerprint */
  constructor(path: string, plan: string) {
    this.path = path;
    this.#plan = plan;
    makeFolder(path);
  }

  #folderOf(step: Step, task: number): string {
    return join(this.path, `${step}-${String(task).padStart(5, "0")}`);
  }

  fileOf(step: Step, task: number, name: string): string {
    return join(this.#folderOf(step, task), name);
  }

  /** What a task found when it was done; nothing when it is not. */
  finished<Result>(step: Step, task: number): Result | undefined {
    return this.#record<Result>(step, task)?.result;
  }

  /** As {@link finished}, of a task that has to be done before the one that asks. */
  resultOf<Result>(step: Step, task: number): Result {
    const result = this.finished<Result>(step, task);
    if (result !== undefined) return result;
    const path = this.#folderOf(step, task);
    throw new DataError(`task ${task} of the step "${step}" is not done: ${path} is missing`, { path });
  }

  #record<Result>(step: Step, task: number): TaskRecord<Result> | undefined {
    try {
      const { record, sum } = JSON.parse(readFileSync(this.fileOf(step, task, recordName), "utf8")) as {
        record: TaskRecord<Result>;
        sum: string;
      };
      return record.plan === this.#plan && sha256(JSON.stringify(record)) === sum ? record : undefined;
    } catch {
      // Missing, or damaged: the task is not done.
      return undefined;
    }
  }

  /** The name of a file of a finished task that is not as it was written; reads them all. */
  async damagedFile(step: Step, task: number): Promise<string | undefined> {
    const { files } = this.#record(step, task)!;
    for (const [name, { bytes, sha256: expected }] of Object.entries(files)) {
      const path = this.fileOf(step, task, name);
      const size = statSync(path, { throwIfNoEntry: false })?.size;
      if (size !== bytes || (await sha256OfFile(path)) !== expected) return path;
    }
    return undefined;
  }

  /** @throws {DataError} the file is not as it was written */
  read(step: Step, task: number, name: string): Buffer {
    const { sha256: expected } = this.sumOf(step, task, name);
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.fileOf(step, task, name));
    } catch {
      throw this.damage(step, task, name);
    }
    if (sha256(bytes) !== expected) throw this.damage(step, task, name);
    return bytes;
  }

  /** As {@link read}, as numbers. */
  readNumbers<Numbers>(
    step: Step,
    task: number,
    name: string,
    numbers: new (buffer: ArrayBuffer) => Numbers,
  ): Numbers {
    const { buffer, byteOffset, length } = this.read(step, task, name);
    // A copy, since the buffer's place in memory need not be a multiple of a number's size.
    return new numbers(buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer);
  }

  /** The size and sum that a file had when it was written. */
  sumOf(step: Step, task: number, name: string): FileSum {
    const sum = this.#record(step, task)?.files[name];
    if (sum === undefined) throw this.damage(step, task, name);
    return sum;
  }

  damage(step: Step, task: number, name: string): DataError {
    const path = this.fileOf(step, task, name);
    return new DataError(
      `${path} is damaged: it is not as it was written; run task ${task} of the step "${step}" again, which sees that and makes it anew`,
      { path },
    );
  }

  /** Begin a task; what is there of it under its name goes when the new one is whole. */
  async begin(step: Step, task: number): Promise<PendingTask> {
    const temporary = join(
      this.path,
      `.${step}-${task}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`,
    );
    makeFolder(temporary);
    return new PendingTask(temporary, this.#folderOf(step, task), this.#plan);
  }

  /** Do what a task does into files that are all there afterwards, or none. */
  async makeTask(step: Step, task: number, make: (pending: PendingTask) => Promise<object>): Promise<void> {
    await this.makeTasks(step, [task], (_, pending) => make(pending));
  }

  /** {@link makeTask} for one task after the other; while the files of one are flushed, the next is made. */
  async makeTasks(
    step: Step,
    tasks: readonly number[],
    make: (task: number, pending: PendingTask) => Promise<object>,
  ): Promise<void> {
    let flushed: Promise<void> = Promise.resolve();
    try {
      for (const task of tasks) {
        const pending = await this.begin(step, task);
        let result: object;
        try {
          result = await make(task, pending);
          await flushed;
        } catch (error) {
          await pending.discard();
          throw error;
        }
        flushed = pending.finish(result).finally(() => pending.discard());
        // Its failure is heard of when it is waited for.
        flushed.catch(() => {});
      }
    } catch (error) {
      await flushed.catch(() => {});
      throw error;
    }
    await flushed;
  }

  hasAnything(): boolean {
    return readdirSync(this.path).some((name) => /^[a-z]+-\d+$/u.test(name));
  }

  /** Forget a task. */
  async drop(step: Step, task: number): Promise<void> {
    await rm(this.#folderOf(step, task), { recursive: true, force: true });
  }

  /** Remove what the tasks of the other steps left, finished or not. */
  async keepOnly(step: Step): Promise<void> {
    for (const name of readdirSync(this.path)) {
      const [, other] = /^\.?([a-z]+)-\d+/u.exec(name) ?? [];
      if (other === undefined || other === step) continue;
      await rm(join(this.path, name), { recursive: true, force: true });
    }
  }

  async remove(): Promise<void> {
    await removeWorkFolder(this.path);
  }
}

/** Remove a folder of work at once: one that is killed meanwhile leaves nothing that looks like work. */
export async function removeWorkFolder(path: string): Promise<void> {
  await removeLeftover(path);
  await rename(path, goneName(path)).catch(ignoreMissing);
  await removeLeftover(path);
}

/** What a removal that was killed has left. */
export async function removeLeftover(path: string): Promise<void> {
  await rm(goneName(path), { recursive: true, force: true });
}

function goneName(path: string): string {
  return `${path}.gone.tmp`;
}

/** A task under way. */
export class PendingTask {
  readonly #temporary: string;
  readonly #final: string;
  readonly #plan: string;
  readonly #files: { name: string; file: SummedFile }[] = [];

  constructor(temporary: string, final: string, plan: string) {
    this.#temporary = temporary;
    this.#final = final;
    this.#plan = plan;
  }

  async create(name: string): Promise<OutputFile> {
    const path = join(this.#temporary, name);
    const file = new SummedFile(await open(path, "wx"), path);
    this.#files.push({ name, file });
    return file;
  }

  /** Flush the files, write the record, give the folder its name. */
  async finish(result: object): Promise<void> {
    const files: Record<string, FileSum> = {};
    for (const { name, file } of this.#files) {
      await file.finish();
      files[name] = file.sum();
    }
    const record: TaskRecord<object> = { plan: this.#plan, files, result };
    const path = join(this.#temporary, recordName);
    const recordFile = new OutputFile(await open(path, "wx"), path);
    await recordFile.write(
      Buffer.from(`${JSON.stringify({ record, sum: sha256(JSON.stringify(record)) })}\n`),
    );
    await recordFile.finish();
    // What is damaged, or of an earlier plan, makes room; a folder cannot be renamed onto one that holds files.
    await rename(this.#final, `${this.#temporary}.old.tmp`).catch(ignoreMissing);
    await renameDurably(this.#temporary, this.#final);
    await rm(`${this.#temporary}.old.tmp`, { recursive: true, force: true });
    this.#files.length = 0;
  }

  /** Remove what was not finished. */
  async discard(): Promise<void> {
    for (const { file } of this.#files) await file.abandon();
    this.#files.length = 0;
    await rm(this.#temporary, { recursive: true, force: true });
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

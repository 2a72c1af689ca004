import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fingerprint } from "../core/hash.ts";

/**
 * Answers of a model that were paid for once: an append-only file of JSON lines that only this user can read.
 *
 * A line is written with one call, so that several processes may share a file, and a process that is killed leaves at
 * most one torn line, which readers pass over. Errors are never written.
 */
export class RequestCache {
  readonly #descriptor: number;
  readonly #answers = new Map<string, unknown>();
  #read = 0;

  /** @param model fingerprint of the model; each has a file of its own */
  constructor(folder: string, model: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `${fingerprint(model).slice(0, 24)}.jsonl`);
    this.#descriptor = openSync(path, "a+", 0o600);
  }

  /** The key of a request; equal requests have equal keys. */
  static key(request: object): string {
    return fingerprint(request);
  }

  get(key: string): unknown {
    if (!this.#answers.has(key)) this.#readOn();
    return this.#answers.get(key);
  }

  set(key: string, answer: unknown): void {
    this.#answers.set(key, answer);
    writeSync(this.#descriptor, `${JSON.stringify({ key, answer })}\n`);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** What other processes have written since. */
  #readOn(): void {
    const { size } = fstatSync(this.#descriptor);
    if (size <= this.#read) return;
    const bytes = Buffer.alloc(size - this.#read);
    const count = readSync(this.#descriptor, bytes, 0, bytes.length, this.#read);
    // A line that another process is still writing is read again next time.
    const end = bytes.subarray(0, count).lastIndexOf(0x0a) + 1;
    this.#read += end;
    for (const line of bytes.toString("utf8", 0, end).split("\n")) {
      try {
        const { key, answer } = JSON.parse(line) as { key: string; answer: unknown };
        this.#answers.set(key, answer);
      } catch {
        // Torn by a crash, or the end of the file.
      }
    }
  }
}

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { endedOfMemory } from "./notices.ts";

/**
 * What a kernel writes down while a cell takes much memory: when the process dies of it, nothing can be said any
 * more, so the kernel that the server starts in its place says it.
 */
export class MemoryNote {
  readonly #path: string;
  #isThere = true;

  /** @param connectionFile the same one for a kernel and for the one that is started in its place */
  constructor(connectionFile: string) {
    this.#path = `${connectionFile}.memory`;
  }

  write(residentBytes: number): void {
    this.#isThere = true;
    this.#attempt(() => writeFileSync(this.#path, String(Math.round(residentBytes / 1e6)), { mode: 0o600 }));
  }

  remove(): void {
    if (!this.#isThere) return;
    this.#isThere = false;
    this.#attempt(() => rmSync(this.#path, { force: true }));
  }

  /** What the kernel before this one has left, in words; undefined when it ended in order. */
  take(): string | undefined {
    const megabytes = Number(this.#attempt(() => readFileSync(this.#path, "utf8")));
    this.remove();
    return megabytes > 0 ? endedOfMemory(megabytes) : undefined;
  }

  /** A note that cannot be written or read is no reason to stop. */
  #attempt<Result>(work: () => Result): Result | undefined {
    try {
      return work();
    } catch {
      return undefined;
    }
  }
}

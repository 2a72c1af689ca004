import { connectToMainThread } from "./interrupt.ts";

/** A cell can fill some hundred megabytes in that time. */
const LOOK_MILLISECONDS = 20;
/** From this share of the limit on, it is written down that the process may end of it. */
const MUCH_SHARE = 0.5;
/** Beyond this share of its limit the heap is nearly full; the rest is needed to stop the code in. */
const FULL_SHARE = 0.85;

export interface MemoryWatchOptions {
  /** What the lasting objects of the thread that runs cells can fill. */
  readonly heapLimitBytes: number;
  /** Told once in a cell that the process has grown large, natives included. */
  readonly onMuch: (residentBytes: number) => void;
  /** Told when the heap is nearly full. */
  readonly onFull: (usedBytes: number) => void;
}

/**
 * Looks, while a cell runs, whether the heap of the main thread is about to be full.
 *
 * The engine ends the process when it is, and every variable is lost; stopping the cell before keeps them.
 */
export class MemoryWatch {
  readonly #options: MemoryWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #isMuch = false;

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isMuch = false;
    this.#timer ??= setInterval(() => void this.#look(), LOOK_MILLISECONDS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    const { heapLimitBytes, onMuch, onFull } = this.#options;
    const full = heapLimitBytes * FULL_SHARE;
    // The whole process is larger than its heap, and its size costs nothing to ask for.
    const resident = process.memoryUsage.rss();
    if (!this.#isMuch && resident > heapLimitBytes * MUCH_SHARE) {
      this.#isMuch = true;
      onMuch(resident);
    }
    if (this.#isAsking || resident < full) return;
    this.#isAsking = true;
    const inspector = await connectToMainThread();
    try {
      const usedBytes = await new Promise<number>((resolve) =>
        inspector.post("Runtime.getHeapUsage", (_error: Error | null, usage?: { usedSize?: number }) =>
          resolve(usage?.usedSize ?? 0),
        ),
      );
      if (usedBytes > full && this.#timer !== undefined) onFull(usedBytes);
    } finally {
      inspector.disconnect();
      this.#isAsking = false;
    }
  }
}

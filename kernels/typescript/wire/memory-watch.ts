import type { Debugger, Session } from "node:inspector";
import { connectToMainThread } from "./interrupt.ts";

/** A cell can fill some hundred megabytes in that time. */
const LOOK_MILLISECONDS = 20;
/** From this share of the limit on, it is written down that the process may end of it. */
const MUCH_SHARE = 0.5;
/** A heap that is filled so far may be full after the next growth of an array or a map, which copies it. */
const GUARDED_SHARE = 0.2;

export interface MemoryWatchOptions {
  /** What the lasting objects of the thread that runs cells can fill. */
  readonly heapLimitBytes: number;
  /** Told once in a cell that the process has grown large, natives included. */
  readonly onMuch: (residentBytes: number) => void;
  /** Stop what runs, since the heap is full; resolves when it has stopped. */
  readonly onFull: () => Promise<void>;
}

/**
 * Looks, while a cell runs, whether the heap of the main thread grows large, and has what runs stopped when it is full.
 *
 * The engine ends the process when its heap is full, and every variable is lost, unless a debugger listens: then it
 * lets the heap grow beyond its limit once and pauses. So a heap that is large gets a debugger that does nothing else.
 */
export class MemoryWatch {
  readonly #options: MemoryWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #isMuch = false;
  #isClosed = false;
  /** The debugger, while the heap is large. */
  #guard: Session | undefined;
  #atWork: Promise<void> | undefined;
  #settled: Promise<void> = Promise.resolve();

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
  }

  /** Resolves when a heap that was full is guarded again; only then may the next cell fill it. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  start(): void {
    this.#isMuch = false;
    this.#timer ??= setInterval(() => this.#look(), LOOK_MILLISECONDS);
  }

  /** Stop looking; a heap that is large stays guarded. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Let go of the main thread, which is about to end. */
  close(): void {
    this.stop();
    this.#isClosed = true;
    this.#guard?.disconnect();
    this.#guard = undefined;
  }

  #look(): void {
    const { heapLimitBytes, onMuch } = this.#options;
    // The whole process is larger than its heap, and its size costs nothing to ask for.
    const resident = process.memoryUsage.rss();
    if (!this.#isMuch && resident > heapLimitBytes * MUCH_SHARE) {
      this.#isMuch = true;
      onMuch(resident);
    }
    if (resident > heapLimitBytes * GUARDED_SHARE) void this.#alone(() => this.#askHeap());
  }

  /** Do what uses the inspector, unless it is at work already. */
  #alone(work: () => Promise<void>): Promise<void> {
    this.#atWork ??= work().finally(() => (this.#atWork = undefined));
    return this.#atWork;
  }

  async #askHeap(): Promise<void> {
    const inspector = this.#guard ?? (await connectToMainThread());
    const isLarge = (await heapUsed(inspector)) > this.#options.heapLimitBytes * GUARDED_SHARE;
    if (!isLarge || this.#isClosed) this.#guard = undefined;
    else if (this.#guard === undefined) await this.#guardBy(inspector);
    if (inspector !== this.#guard) inspector.disconnect();
  }

  async #guardBy(inspector: Session): Promise<void> {
    this.#guard = inspector;
    inspector.on("Debugger.paused", ({ params }: { params: Debugger.PausedEventDataType }) => {
      inspector.post("Debugger.resume");
      if (params.reason === "OOM") this.#settled = this.#stopFull(inspector);
    });
    inspector.post("Debugger.enable");
    // All other pauses; they are for the debugger that a user may have turned on.
    await new Promise<void>((resolve) =>
      inspector.post("Debugger.setSkipAllPauses", { skip: true }, () => resolve()),
    );
  }

  async #stopFull(guard: Session): Promise<void> {
    await this.#options.onFull();
    await this.#atWork;
    await this.#alone(async () => {
      // Then the limit is again what it was, or a quarter above what is in use, where that is more.
      await new Promise<void>((resolve) => guard.post("HeapProfiler.collectGarbage", () => resolve()));
      guard.disconnect();
      this.#guard = undefined;
      await this.#askHeap();
    });
  }
}

/** Bytes of the main thread's heap that are in use, garbage included. */
function heapUsed(inspector: Session): Promise<number> {
  return new Promise((resolve) =>
    inspector.post("Runtime.getHeapUsage", (_error: Error | null, usage?: { usedSize: number }) =>
      resolve(usage?.usedSize ?? 0),
    ),
  );
}

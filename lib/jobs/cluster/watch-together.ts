import { finalStates } from "../job.ts";
import { readClusterRecord, type ClusterJobRecord } from "./cluster-record.ts";
import { refreshJobs } from "./refresh-jobs.ts";

/** Other users wait for the same scheduler. */
const everyMilliseconds = 10_000;

interface Looks {
  readonly folders: Map<string, number>;
  last: number;
  /** At the last look. */
  seen: ReadonlySet<string>;
  inFlight: Promise<void> | undefined;
}

/** By cluster: what this process watches there. */
const clusters = new Map<string, Looks>();

/**
 * The state of a job that is being watched: all that this process watches on one cluster share one call of its
 * scheduler, at most every ten seconds, however many they are and however often they ask.
 */
export class WatchedState {
  readonly #folder: string;
  readonly #everyMs: number;
  #looks: Looks | undefined;

  constructor(folder: string, options: { readonly everyMs?: number | undefined } = {}) {
    this.#folder = folder;
    this.#everyMs = options.everyMs ?? everyMilliseconds;
  }

  /** As it was seen last; a new look is taken when the last is old. */
  async read(signal?: AbortSignal): Promise<ClusterJobRecord> {
    const record = await readClusterRecord(this.#folder);
    if (finalStates.has(record.state)) return record;
    const looks = this.#register(record);
    // A look that was under way when this one began to be watched has not seen it: then the one after that does.
    for (let tries = 0; tries < 2; tries++) {
      const isFresh = Date.now() - looks.last < this.#everyMs && looks.seen.has(this.#folder);
      if (isFresh || signal?.aborted) break;
      looks.inFlight ??= this.#look(looks);
      await unlessAborted(looks.inFlight, signal);
    }
    return readClusterRecord(this.#folder);
  }

  close(): void {
    const left = (this.#looks?.folders.get(this.#folder) ?? 1) - 1;
    if (left > 0) this.#looks!.folders.set(this.#folder, left);
    else this.#looks?.folders.delete(this.#folder);
    this.#looks = undefined;
  }

  #register({ cluster, clustersFile }: ClusterJobRecord): Looks {
    if (this.#looks !== undefined) return this.#looks;
    const key = JSON.stringify([cluster, clustersFile]);
    const looks: Looks = clusters.get(key) ?? {
      folders: new Map(),
      last: 0,
      seen: new Set(),
      inFlight: undefined,
    };
    clusters.set(key, looks);
    looks.folders.set(this.#folder, (looks.folders.get(this.#folder) ?? 0) + 1);
    this.#looks = looks;
    return looks;
  }

  /** No one's signal ends what the others wait for. */
  async #look(looks: Looks): Promise<void> {
    const folders = [...looks.folders.keys()];
    try {
      await refreshJobs(folders);
    } finally {
      looks.last = Date.now();
      looks.seen = new Set(folders);
      looks.inFlight = undefined;
    }
  }
}

async function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const stop = (): void => resolve();
  signal?.addEventListener("abort", stop, { once: true });
  await Promise.race([work, aborted]).finally(() => signal?.removeEventListener("abort", stop));
}

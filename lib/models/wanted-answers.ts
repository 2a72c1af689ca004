import type { CallProgress } from "./language-model.ts";
import type { RequestCache } from "./request-cache.ts";
import type { Spending } from "./spending.ts";

/** Where an answer is put: a request of a call, and a part of it. */
export type AnswerPlace = readonly [request: number, part: number];

/** What is asked for once, and each place where it is wanted. */
export interface Asked<Wanted> {
  readonly key: string;
  readonly wanted: Wanted;
  readonly places: readonly AnswerPlace[];
}

/** What one call wants: what the cache holds is placed at once, equal wants are asked for once. */
export class WantedAnswers<Wanted, Answer> {
  readonly #cache: RequestCache | undefined;
  readonly #spending: Spending;
  readonly #onProgress: ((progress: CallProgress) => void) | undefined;
  readonly #put: (place: AnswerPlace, answer: Answer) => void;
  readonly #asked = new Map<string, { key: string; wanted: Wanted; places: AnswerPlace[] }>();
  readonly #begun = performance.now();
  #total = 0;
  #done = 0;
  #cached = 0;

  constructor(
    cache: RequestCache | undefined,
    spending: Spending,
    onProgress: ((progress: CallProgress) => void) | undefined,
    put: (place: AnswerPlace, answer: Answer) => void,
  ) {
    this.#cache = cache;
    this.#spending = spending;
    this.#onProgress = onProgress;
    this.#put = put;
  }

  want(key: string, wanted: Wanted, place: AnswerPlace): void {
    const same = this.#asked.get(key);
    if (same === undefined) this.#asked.set(key, { key, wanted, places: [place] });
    else same.places.push(place);
    this.#total++;
  }

  /** What the cache does not hold; the rest is placed. */
  missing(): Asked<Wanted>[] {
    const missing = this.stillMissing([...this.#asked.values()]);
    this.#tell();
    return missing;
  }

  /** Those of them that no process has had answered meanwhile. */
  stillMissing(wanted: readonly Asked<Wanted>[]): Asked<Wanted>[] {
    const cache = this.#cache;
    if (cache === undefined) return [...wanted];
    cache.refresh();
    return wanted.filter((each) => {
      const known = cache.get(each.key) as Answer | undefined;
      if (known === undefined) return true;
      this.#cached += each.places.length;
      this.#place(each, known);
      return false;
    });
  }

  answer(asked: Asked<Wanted>, answer: Answer): void {
    this.#cache?.set(asked.key, answer);
    this.#place(asked, answer);
    this.#tell();
  }

  #place({ places }: Asked<Wanted>, answer: Answer): void {
    for (const place of places) this.#put(place, answer);
    this.#done += places.length;
  }

  #tell(): void {
    const [done, total, cached] = [this.#done, this.#total, this.#cached];
    const { tokens, cost } = this.#spending;
    const fresh = done - cached;
    const seconds = (performance.now() - this.#begun) / 1000;
    const secondsLeft = fresh === 0 ? undefined : (seconds / fresh) * (total - done);
    this.#onProgress?.({ done, total, cached, tokens, cost, secondsLeft });
  }
}

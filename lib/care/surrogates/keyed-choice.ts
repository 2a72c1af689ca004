import { createHmac } from "node:crypto";

/**
 * Choices that a key and a value fix: the same again each time, and to be foreseen or undone by nobody without the key.
 *
 * HMAC-SHA256 of what is chosen for, the patient, the value and a counter gives the random numbers.
 */
export class KeyedChoice {
  readonly #key: Uint8Array | string;
  readonly #patient: string;

  constructor(key: Uint8Array | string, patient: string) {
    this.#key = key;
    this.#patient = patient;
  }

  /** Random numbers for a value; another `attempt` gives others. */
  for(what: string, value: string, attempt = 0): KeyedNumbers {
    return new KeyedNumbers((block) =>
      createHmac("sha256", this.#key)
        .update(JSON.stringify([what, this.#patient, value, attempt, block]))
        .digest(),
    );
  }

  /** What `make` gives of a value's random numbers, the first that is not the original itself. */
  unlike(original: string, what: string, value: string, make: (numbers: KeyedNumbers) => string): string {
    for (let attempt = 0; ; attempt++) {
      const made = make(this.for(what, value, attempt));
      if (made !== original || attempt === 64) return made;
    }
  }
}

/** A stream of random numbers. */
export class KeyedNumbers {
  readonly #block: (index: number) => Buffer;
  #bytes: Buffer;
  #blocks = 1;
  #at = 0;

  constructor(block: (index: number) => Buffer) {
    this.#block = block;
    this.#bytes = block(0);
  }

  /** In [0, high), high at most 2^20: a remainder of 32 bits favours none by more than one in four thousand. */
  below(high: number): number {
    if (this.#at + 4 > this.#bytes.length) {
      this.#bytes = this.#block(this.#blocks++);
      this.#at = 0;
    }
    const value = this.#bytes.readUInt32LE(this.#at);
    this.#at += 4;
    return value % high;
  }

  one<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }
}

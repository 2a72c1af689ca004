/** One run of words of one question. */
export interface QuestionRun {
  /** Hash of the run's first words. */
  readonly anchor: number;
  /** Hash of all of its words. */
  readonly hash: number;
  /** Words, at most 255. */
  readonly size: number;
  readonly question: number;
  /** Where it begins in the question. */
  readonly start: number;
}

/** Runs by the hash of their first words, open addressed: 25 bytes a run and 4 bytes a slot, half of which are full. */
export class RunTable {
  #count = 0;
  #anchors = new Float64Array(1024);
  #hashes = new Float64Array(1024);
  #sizes = new Uint8Array(1024);
  #questions = new Uint32Array(1024);
  #starts = new Uint32Array(1024);
  /** Places of runs counted from 1; 0 is free. */
  #slots = new Int32Array(2048);

  get count(): number {
    return this.#count;
  }

  add(run: QuestionRun): void {
    if (this.#count === this.#anchors.length) this.#grow();
    const place = this.#count++;
    this.#anchors[place] = run.anchor;
    this.#hashes[place] = run.hash;
    this.#sizes[place] = run.size;
    this.#questions[place] = run.question;
    this.#starts[place] = run.start;
    this.#insert(place);
  }

  /** Call back for each run that begins with the words of this hash; its hash is still to be compared. */
  find(anchor: number, onRun: (run: Omit<QuestionRun, "anchor">) => void): void {
    const mask = this.#slots.length - 1;
    for (let slot = anchor & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const place = this.#slots[slot]! - 1;
      if (this.#anchors[place] !== anchor) continue;
      onRun({
        hash: this.#hashes[place]!,
        size: this.#sizes[place]!,
        question: this.#questions[place]!,
        start: this.#starts[place]!,
      });
    }
  }

  #insert(place: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#anchors[place]! & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = place + 1;
  }

  #grow(): void {
    const capacity = this.#count * 2;
    this.#anchors = copied(this.#anchors, new Float64Array(capacity));
    this.#hashes = copied(this.#hashes, new Float64Array(capacity));
    this.#sizes = copied(this.#sizes, new Uint8Array(capacity));
    this.#questions = copied(this.#questions, new Uint32Array(capacity));
    this.#starts = copied(this.#starts, new Uint32Array(capacity));
    this.#slots = new Int32Array(capacity * 2);
    for (let place = 0; place < this.#count; place++) this.#insert(place);
  }
}

function copied<Values extends { set(values: Values): void }>(from: Values, to: Values): Values {
  to.set(from);
  return to;
}

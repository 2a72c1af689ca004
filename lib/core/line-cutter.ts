const newline = 10;

/** Cuts pieces of a text into whole lines; a last line that is not finished waits for its end. */
export class LineCutter {
  #rest: Uint8Array = new Uint8Array();

  *take(bytes: Uint8Array): Generator<string> {
    const text = Buffer.concat([this.#rest, bytes]);
    const end = text.lastIndexOf(newline);
    this.#rest = text.subarray(end + 1);
    if (end >= 0) yield* text.toString("utf8", 0, end).split("\n");
  }

  /** The line that is not finished. */
  get rest(): string {
    return Buffer.from(this.#rest).toString("utf8");
  }

  startAnew(): void {
    this.#rest = new Uint8Array();
  }
}

/** Token ids that grow at the end. */
export class TokenList {
  #ids = new Uint32Array(1024);
  #length = 0;

  add(id: number): void {
    if (this.#length === this.#ids.length) this.#grow(1);
    this.#ids[this.#length++] = id;
  }

  addAll(ids: Uint32Array): void {
    if (this.#length + ids.length > this.#ids.length) this.#grow(ids.length);
    // Most words are a token or two, for which `set` is slow.
    if (ids.length > 8) this.#ids.set(ids, this.#length);
    else for (let index = 0; index < ids.length; index++) this.#ids[this.#length + index] = ids[index]!;
    this.#length += ids.length;
  }

  /** The ids, which are then forgotten here. */
  take(): Uint32Array<ArrayBuffer> {
    const taken = this.#ids.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #grow(more: number): void {
    const larger = new Uint32Array(Math.max(this.#ids.length * 2, this.#length + more));
    larger.set(this.#ids.subarray(0, this.#length));
    this.#ids = larger;
  }
}

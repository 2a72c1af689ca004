import { types } from "node:util";

/** Elements of one array, map or set that are looked at. */
const MAXIMUM_ELEMENTS = 100_000;

const OBJECT_BYTES = 24;
const SLOT_BYTES = 8;
const STRING_BYTES = 16;

/** The engine's own, whatever a value's class says. */
const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, "size")!.get!;
const setSize = Object.getOwnPropertyDescriptor(Set.prototype, "size")!.get!;

export interface SizeOptions {
  /** Objects that have been counted before, and are not counted again. */
  readonly seen: Set<object>;
  /** Values that may be looked at, besides the first. */
  readonly maximum: number;
}

export interface Size {
  readonly bytes: number;
  /** Whether there is more than was looked at. */
  readonly isLarger: boolean;
}

/**
 * About what a value takes of memory, without what has been counted before.
 *
 * No code of the value runs: no getter, no proxy. What functions close over, private fields and what native code
 * holds is not seen.
 */
export function sizeOf(value: unknown, options: SizeOptions): Size {
  const walk = new Walk(options);
  walk.waiting.push(value);
  let bytes = 0;
  for (let looked = 0; walk.waiting.length > 0 && looked <= options.maximum; looked += 1) {
    bytes += walk.shallowBytes(walk.waiting.pop());
  }
  return { bytes, isLarger: walk.isCut || walk.waiting.length > 0 };
}

/** Number of entries of a map or a set. */
export function entryCount(value: Map<unknown, unknown> | Set<unknown>): number {
  return (types.isMap(value) ? mapSize : setSize).call(value) as number;
}

class Walk {
  readonly waiting: unknown[] = [];
  /** Whether something was passed over. */
  isCut = false;
  readonly #options: SizeOptions;

  constructor(options: SizeOptions) {
    this.#options = options;
  }

  /** Look into values later; of those that fit into the slot that holds them there is no more to say. */
  add(values: Iterable<unknown>): void {
    let looked = 0;
    for (const value of values) {
      looked += 1;
      const isHeavy = typeof value !== "number" && typeof value !== "boolean" && value !== undefined;
      if (isHeavy) this.waiting.push(value);
      if (looked < MAXIMUM_ELEMENTS && this.waiting.length <= this.#options.maximum) continue;
      this.isCut ||= this.waiting.length > 0;
      return;
    }
  }

  shallowBytes(value: unknown): number {
    if (typeof value === "string") return STRING_BYTES + value.length * (isLatin(value) ? 1 : 2);
    if (typeof value === "bigint") return OBJECT_BYTES;
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return SLOT_BYTES;
    const { seen } = this.#options;
    if (seen.has(value)) return SLOT_BYTES;
    seen.add(value);
    if (types.isProxy(value)) return OBJECT_BYTES;
    if (types.isAnyArrayBuffer(value)) return OBJECT_BYTES + value.byteLength;
    if (ArrayBuffer.isView(value)) {
      this.waiting.push(value.buffer);
      return OBJECT_BYTES;
    }
    return OBJECT_BYTES + this.#ownBytes(value);
  }

  #ownBytes(value: object): number {
    if (types.isMap(value)) {
      this.add(flat(Map.prototype.entries.call(value)));
      return 2 * SLOT_BYTES * entryCount(value);
    }
    if (types.isSet(value)) {
      this.add(Set.prototype.values.call(value));
      return SLOT_BYTES * entryCount(value);
    }
    if (Array.isArray(value)) {
      this.add(elements(value));
      return SLOT_BYTES * value.length;
    }
    const keys = Reflect.ownKeys(value);
    this.add(properties(value, keys));
    return SLOT_BYTES * keys.length;
  }
}

function* flat(entries: Iterable<[unknown, unknown]>): Generator<unknown> {
  for (const entry of entries) yield* entry;
}

function* elements(array: readonly unknown[]): Generator<unknown> {
  for (let index = 0; index < array.length; index += 1) {
    yield Object.getOwnPropertyDescriptor(array, index)?.value;
  }
}

function* properties(value: object, keys: readonly PropertyKey[]): Generator<unknown> {
  for (const key of keys) {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (property !== undefined && "value" in property && typeof property.value !== "function")
      yield property.value;
  }
}

/** Such strings take one byte a character; a long one is judged by its beginning. */
function isLatin(text: string): boolean {
  for (let index = 0; index < Math.min(text.length, 1_000); index++) {
    if (text.charCodeAt(index) > 255) return false;
  }
  return true;
}

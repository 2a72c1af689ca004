import { types } from "node:util";

/** Values looked at in one listing, beyond which sizes are only known to be larger. */
export const MAXIMUM_VALUES = 300_000;

const OBJECT_BYTES = 24;
const SLOT_BYTES = 8;
const STRING_BYTES = 16;

/** What has been counted so far, so that nothing counts twice. */
export interface Count {
  readonly seen: Set<object>;
  /** Values that may still be looked at. */
  left: number;
}

export interface Size {
  readonly bytes: number;
  /** Whether counting stopped before the end. */
  readonly isLarger: boolean;
}

/**
 * About what a value takes of memory, without what has been counted before.
 *
 * No code of the value runs: no getter, no proxy. What functions close over, private fields and what native code
 * holds is not seen.
 */
export function sizeOf(value: unknown, count: Count): Size {
  let bytes = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    if (count.left <= 0) return { bytes, isLarger: true };
    count.left -= 1;
    bytes += shallowBytes(waiting.pop(), count, waiting);
  }
  return { bytes, isLarger: false };
}

function shallowBytes(value: unknown, count: Count, waiting: unknown[]): number {
  if (typeof value === "string") return STRING_BYTES + value.length * (isLatin(value) ? 1 : 2);
  if (typeof value === "bigint") return OBJECT_BYTES;
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return SLOT_BYTES;
  if (count.seen.has(value)) return SLOT_BYTES;
  count.seen.add(value);
  if (types.isProxy(value)) return OBJECT_BYTES;
  if (types.isAnyArrayBuffer(value)) return OBJECT_BYTES + value.byteLength;
  if (ArrayBuffer.isView(value)) {
    waiting.push(value.buffer);
    return OBJECT_BYTES;
  }
  if (types.isMap(value) || types.isSet(value)) {
    // The engine's own iterators, whatever the value's class says.
    const items = types.isMap(value)
      ? Map.prototype.entries.call(value)
      : Set.prototype.values.call(value).map((item: unknown) => [item]);
    let bytes = OBJECT_BYTES;
    for (const item of items) {
      if (waiting.length > count.left) break;
      waiting.push(...item);
      bytes += 2 * SLOT_BYTES;
    }
    return bytes;
  }
  return OBJECT_BYTES + ownBytes(value, count, waiting);
}

function ownBytes(value: object, count: Count, waiting: unknown[]): number {
  if (Array.isArray(value)) {
    // Packed numbers are many and hold nothing to look into.
    for (let index = 0; index < value.length; index++) {
      const item: unknown = Object.getOwnPropertyDescriptor(value, index)?.value;
      if (typeof item === "number" || item === undefined) continue;
      if (waiting.length > count.left) break;
      waiting.push(item);
    }
    return value.length * SLOT_BYTES;
  }
  let bytes = 0;
  for (const key of Reflect.ownKeys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, key);
    bytes += SLOT_BYTES;
    if (property !== undefined && "value" in property && typeof property.value !== "function")
      waiting.push(property.value);
  }
  return bytes;
}

/** Such strings take one byte a character; a long one is judged by its beginning. */
function isLatin(text: string): boolean {
  for (let index = 0; index < Math.min(text.length, 1_000); index++) {
    if (text.charCodeAt(index) > 255) return false;
  }
  return true;
}

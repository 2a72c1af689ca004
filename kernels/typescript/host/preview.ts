import { inspect, types } from "node:util";

const MAXIMUM_ITEMS = 100;
const MAXIMUM_STRING_CHARACTERS = 10_000;
const MAXIMUM_CHARACTERS = 100_000;
const MAXIMUM_DEPTH = 4;

/**
 * A value as text, bounded whatever its size: at most 100 items of an array, 10,000 characters of a string,
 * and only as deep as some 100,000 characters reach.
 *
 * @example
 * preview({ a: [1, 2] }) //=> "{ a: [ 1, 2 ] }"
 */
export function preview(value: unknown): string {
  let depth = MAXIMUM_DEPTH;
  while (depth > 0 && weight(value, depth, MAXIMUM_CHARACTERS) >= MAXIMUM_CHARACTERS) depth -= 1;
  const shown = depth === 0 ? firstProperties(value) : { value, omitted: 0 };
  let text = inspect(shown.value, {
    depth,
    maxArrayLength: MAXIMUM_ITEMS,
    maxStringLength: MAXIMUM_STRING_CHARACTERS,
    breakLength: 110,
  });
  if (text.length > MAXIMUM_CHARACTERS) {
    text = `${text.slice(0, MAXIMUM_CHARACTERS)}… ${text.length - MAXIMUM_CHARACTERS} more characters`;
  }
  if (types.isPromise(value)) return `${text}\ntip: await it`;
  return shown.omitted > 0 ? `${text}\n… ${shown.omitted} more properties` : text;
}

/** About how many characters `inspect` would write to this depth; stops counting at `limit`. */
function weight(value: unknown, depth: number, limit: number): number {
  if (typeof value === "string") return Math.min(value.length, MAXIMUM_STRING_CHARACTERS) + 2;
  if (typeof value !== "object" || value === null || types.isProxy(value)) return 10;
  if (depth < 0) return 10;
  let total = 2;
  for (const child of children(value)) {
    total += weight(child, depth - 1, limit - total);
    if (total >= limit) return total;
  }
  return total;
}

function* children(value: object): Generator<unknown> {
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return;
  if (Array.isArray(value)) {
    for (let index = 0; index < Math.min(value.length, MAXIMUM_ITEMS); index += 1) {
      yield Object.getOwnPropertyDescriptor(value, index)?.value;
    }
    return;
  }
  if (value instanceof Map || value instanceof Set) {
    let count = 0;
    for (const item of value.entries()) {
      if ((count += 1) > MAXIMUM_ITEMS) return;
      yield* item;
    }
    return;
  }
  for (const key in value) {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (property === undefined) continue;
    yield key;
    // A getter may compute for a long time; `inspect` does not call it either.
    yield property.value;
  }
}

/** A shallow copy with the first properties, for an object too wide to be shown. */
function firstProperties(value: unknown): { value: unknown; omitted: number } {
  const isPlain =
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !types.isProxy(value) &&
    (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null);
  if (!isPlain) return { value, omitted: 0 };
  const keys = Object.keys(value);
  const kept = keys.slice(0, MAXIMUM_ITEMS);
  const copy = Object.fromEntries(kept.map((key) => [key, (value as Record<string, unknown>)[key]]));
  return { value: copy, omitted: keys.length - kept.length };
}

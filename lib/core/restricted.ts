import { inspect, types } from "node:util";

/** Objects that are restricted without a field that says so, such as the rows of a restricted table. */
const marked = new WeakSet<object>();

/**
 * Of restricted data no count from 1 to 10 is shown, nor what would let one be computed; 0 may be.
 *
 * @see CMS Cell Size Suppression Policy (Centers for Medicare & Medicaid Services)
 */
export const leastMinimumCount = 11;

const hiddenText = "[restricted: not shown]";

/** Under this key an Arrow schema, like a Parquet file, says that it is restricted. */
export const restrictedKey = "rounds.sensitivity";

/**
 * Mark an object that a restricted table gave out, with the lists and objects in it: it is shown nowhere, figures
 * refuse it, and a table that is made of it is restricted.
 */
export function markRestricted<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || marked.has(value)) return value;
  marked.add(value);
  Object.defineProperty(value, inspect.custom, { value: () => hiddenText, configurable: true });
  // Of an Arrow table it would write out the rows.
  if (isRestrictedArrow(value))
    Object.defineProperty(value, "toString", { value: () => hiddenText, configurable: true });
  if (Array.isArray(value)) for (const item of value) markRestricted(item);
  else if (types.isMap(value)) for (const pair of value) markRestricted(pair[1]);
  else if (Object.getPrototypeOf(value) === Object.prototype) Object.values(value).forEach(markRestricted);
  return value;
}

/** Whether an object says that it is restricted, or was marked so. */
export function isRestricted(value: object): boolean {
  return marked.has(value) || ownValue(value, "sensitivity") === "restricted" || isRestrictedArrow(value);
}

/** Something that a figure or a table is made of: nothing in it is restricted, or it is refused. */
export function someRestricted(values: readonly unknown[]): boolean {
  return values.some((value) => typeof value === "object" && value !== null && isRestricted(value));
}

/** Values that are looked at, so that showing a large one stays quick; of a longer list, as many at even distances. */
const maximumValues = 200_000;

/**
 * Whether a value is restricted or holds something that is, at any depth. No getter and no proxy is asked.
 *
 * What a restricted table gives out is marked as a whole; only in a larger value of which hardly anything is restricted
 * can it be missed.
 */
export function holdsRestricted(value: unknown): boolean {
  const walk = new Walk();
  return walk.finds(value) || walk.findsWithin();
}

/** A walk through a value that ends when something restricted was found, or enough was looked at. */
class Walk {
  readonly #seen = new Set<object>();
  readonly #pending: object[] = [];
  #left = maximumValues;

  /** Look at one value; what it holds is looked at later. */
  finds(value: unknown): boolean {
    this.#left--;
    if (typeof value !== "object" || value === null || types.isProxy(value) || this.#seen.has(value))
      return false;
    if (isRestricted(value)) return true;
    if (ArrayBuffer.isView(value)) return false;
    this.#seen.add(value);
    this.#pending.push(value);
    return false;
  }

  findsWithin(): boolean {
    while (this.#left > 0) {
      const next = this.#pending.pop();
      if (next === undefined) return false;
      if (this.#findsIn(next)) return true;
    }
    return false;
  }

  #findsIn(held: object): boolean {
    if (Array.isArray(held)) return this.#findsInList(held);
    if (types.isMap(held))
      return this.#findsInSome(held, (pair) => this.finds(pair[0]) || this.finds(pair[1]));
    if (types.isSet(held)) return this.#findsInSome(held, (item) => this.finds(item));
    if (this.#findsInSome(Object.keys(held), (key) => this.finds(ownValue(held, key)))) return true;
    // Not enumerable, but shown with an error.
    return (
      types.isNativeError(held) &&
      (this.finds(ownValue(held, "cause")) || this.finds(ownValue(held, "errors")))
    );
  }

  #findsInList(list: readonly unknown[]): boolean {
    const step = Math.max(1, Math.ceil(list.length / Math.max(1, this.#left)));
    for (let index = 0; index < list.length; index += step) if (this.finds(list[index])) return true;
    return false;
  }

  #findsInSome<Item>(items: Iterable<Item>, finds: (item: Item) => boolean): boolean {
    for (const item of items) {
      if (this.#left <= 0) return false;
      if (finds(item)) return true;
    }
    return false;
  }
}

/** By its shape: a notebook may hold another copy of the library. */
function isRestrictedArrow(value: object): boolean {
  const schema = ownValue(value, "schema");
  if (typeof schema !== "object" || schema === null) return false;
  const metadata = ownValue(schema, "metadata");
  return types.isMap(metadata) && metadata.has(restrictedKey);
}

function ownValue(value: object, key: string): unknown {
  return types.isProxy(value) ? undefined : Object.getOwnPropertyDescriptor(value, key)?.value;
}

/** What is told of a restricted value in its place: what it is and how large, no word of it. */
export function describeRestricted(value: unknown): string {
  if (Array.isArray(value)) {
    const [first] = value as readonly unknown[];
    const items = typeof first === "object" && first !== null ? ` of ${keysOf(first)}` : "";
    return `a list of ${sizeText(value.length)}${items} (restricted: not shown)`;
  }
  if (typeof value !== "object" || value === null || types.isProxy(value)) return hiddenText;
  return `${keysOf(value)} (restricted: not shown)`;
}

/** Names of fields are no rows; an object with very many is taken for one that has data as its keys. */
function keysOf(value: object): string {
  const keys = Object.keys(value);
  return keys.length === 0 || keys.length > 40 ? "an object" : `{ ${keys.join(", ")} }`;
}

/** A list that a filter left few of is a count of few. */
function sizeText(size: number): string {
  const least = Math.max(leastMinimumCount, Number(process.env["ROUNDS_MINIMUM_COUNT"]) || 0);
  return size > 0 && size < least ? `fewer than ${least}` : size.toLocaleString("en-US");
}

import { ArgumentError } from "../core/errors.ts";
import { unknownName } from "../core/nearest-name.ts";
import { isPlainObject } from "./plain-object.ts";

/** Values of a widget by name: JSON, or bytes, which travel as they are. */
export type WidgetState = Record<string, unknown>;

/** A state on its way: what is bytes goes beside it, in the order of its names. */
export interface PackedState {
  readonly state: WidgetState;
  readonly bytes: readonly string[];
  readonly buffers: Uint8Array[];
}

export function packState(values: WidgetState): PackedState {
  const entries = Object.entries(values);
  const binary = entries.filter((entry): entry is [string, Uint8Array] => entry[1] instanceof Uint8Array);
  return {
    state: Object.fromEntries(entries.filter(([, value]) => !(value instanceof Uint8Array))),
    bytes: binary.map(([name]) => name),
    buffers: binary.map(([, value]) => value),
  };
}

export function unpackState(
  { state, bytes }: Omit<PackedState, "buffers">,
  buffers: readonly Uint8Array[],
): WidgetState {
  return { ...state, ...Object.fromEntries(bytes.map((name, place) => [name, buffers[place]])) };
}

/**
 * Check that values can travel and come back as they were.
 *
 * @param known names that the widget has; any where left out
 * @throws {@link ArgumentError} an unknown name, or a value that JSON would change: a date, NaN, a function
 */
export function checkState(values: unknown, known?: readonly string[]): asserts values is WidgetState {
  if (!isPlainObject(values)) throw new ArgumentError("state", "an object of values by name", values);
  for (const [name, value] of Object.entries(values)) {
    if (known !== undefined && !known.includes(name)) throw unknownName("name", name, known);
    if (!(value instanceof Uint8Array)) checkJson(`state.${name}`, value, new Set());
  }
}

function checkJson(path: string, value: unknown, around: Set<unknown>): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (Number.isFinite(value)) return;
  const isOpen = (Array.isArray(value) || isPlainObject(value)) && !around.has(value);
  if (!isOpen) throw new ArgumentError(path, "JSON (a Uint8Array only as a whole value of the state)", value);
  around.add(value);
  for (const [key, item] of Object.entries(value)) checkJson(`${path}.${key}`, item, around);
  around.delete(value);
}

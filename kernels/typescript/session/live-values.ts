import { types } from "node:util";

/** A value that was found, or nothing: `undefined` is a value too. */
export type Found = { readonly value: unknown } | undefined;

/** One member of a live object, as completion shows it. */
export interface Member {
  readonly name: string;
  readonly kind: "function" | "class" | "property";
}

const maximumMembers = 2_000;

/**
 * Read a property as an expression would, but without running the user's code: no getter of theirs is
 * called and no proxy is asked.
 */
export function readProperty(target: unknown, key: string): Found {
  if (target === null || target === undefined) return undefined;
  for (const holder of prototypeChain(target)) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, key);
    if (!descriptor) continue;
    if ("value" in descriptor) return { value: descriptor.value as unknown };
    if (!descriptor.get || !isNative(descriptor.get)) return undefined;
    try {
      return { value: Reflect.apply(descriptor.get, target, []) as unknown };
    } catch {
      return undefined; // Such as `Map.prototype.size`, read from the prototype itself.
    }
  }
  return undefined;
}

/** Members that begin with `prefix`, the object's own first, then those of its prototypes. */
export function membersOf(target: unknown, prefix: string): Member[] {
  if (target === null || target === undefined) return [];
  const members = new Map<string, Member>();
  for (const holder of prototypeChain(target)) {
    for (const name of namesOf(holder)) {
      if (members.size >= maximumMembers) return [...members.values()];
      if (!name.startsWith(prefix) || members.has(name)) continue;
      // The likes of `__defineGetter__` are in the way unless they are asked for.
      if (name.startsWith("__") && !prefix.startsWith("_")) continue;
      members.set(name, { name, kind: kindOfMember(holder, name) });
    }
  }
  return [...members.values()];
}

function* prototypeChain(target: unknown): Generator<object> {
  let holder: object | null = Object(target) as object;
  while (holder !== null && !types.isProxy(holder)) {
    yield holder;
    holder = Object.getPrototypeOf(holder) as object | null;
  }
}

function namesOf(holder: object): string[] {
  // Elements are not names, and there may be millions of them.
  const hasElements = (Array.isArray(holder) || types.isStringObject(holder)) && holder.length > 0;
  if (hasElements) return ["length"];
  if (ArrayBuffer.isView(holder)) return [];
  return Object.getOwnPropertyNames(holder);
}

function kindOfMember(holder: object, name: string): Member["kind"] {
  try {
    const value: unknown = Object.getOwnPropertyDescriptor(holder, name)?.value;
    return kindOfValue(value);
  } catch {
    return "property"; // An export of a module that has not run yet.
  }
}

/** What a name stands for, in the words of front ends. */
export function kindOfValue(value: unknown): Member["kind"] {
  if (typeof value !== "function") return "property";
  return isClass(value) ? "class" : "function";
}

/** Whether a function was written as a class. */
export function isClass(value: unknown): boolean {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

/** Whether a function is the engine's own. */
export function isNative(value: (...parameters: never[]) => unknown): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(value));
}

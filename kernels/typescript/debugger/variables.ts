import type { Runtime } from "node:inspector";

import type { MainThread } from "./main-thread.ts";
import type { VariablesObject } from "./scopes.ts";
import { valueText } from "./value-text.ts";

/** A variable or a part of one, as front ends show it. */
export interface Variable {
  readonly name: string;
  /** JupyterLab shows the type instead of the value where it is told both, so it is told none. */
  readonly value: string;
  /** Code that gives the value. */
  readonly evaluateName: string;
  /** What to ask for its parts by; 0 when it has none. */
  readonly variablesReference: number;
}

/** What can be asked for its parts. */
interface Holder {
  /** Objects whose properties are the parts; the first one that has a name counts. */
  readonly objects: readonly VariablesObject[];
  /** Code that gives the value; undefined for variables of a scope, which are called by their names. */
  readonly path: string | undefined;
  /** Which elements are the parts, where there are too many to show at once. */
  readonly range: { readonly start: number; readonly end: number } | undefined;
}

/** Elements of an array that are shown at once; more are shown in groups. */
const GROUP_SIZE = 100;
const MAXIMUM_GROUPS = 100;
/** Properties of objects, and entries of maps and sets, that are shown. */
const MAXIMUM_PARTS = 1_000;
/** What the engine adds, and nobody has written. */
const MACHINERY = new Set(["[[Prototype]]", "[[Scopes]]", "[[FunctionLocation]]", "[[Entries]]"]);
const nothingHidden = (): boolean => false;

/** The inspector forgets the objects of a group together. */
export const OBJECTS = "rounds-debugger";

/** Names and values, asked for piece by piece as a front end unfolds them. */
export class Variables {
  readonly #main: MainThread;
  readonly #holders = new Map<number, Holder>();
  /** Never used twice, so that what is asked for too late is not something else. */
  #lastReference = 0;

  constructor(main: MainThread) {
    this.#main = main;
  }

  /** Let the variables of scopes be asked for; the inner scope comes first. */
  addScope(objects: readonly VariablesObject[]): number {
    return this.#add({ objects, path: undefined, range: undefined });
  }

  /** Let the properties of an object be asked for as variables. */
  addObject(objectId: string): number {
    return this.addScope([{ objectId, isHidden: nothingHidden }]);
  }

  /** How a value is shown. */
  describe(name: string, evaluateName: string, value: Runtime.RemoteObject): Variable {
    const { objectId } = value;
    const hasParts = objectId !== undefined && value.type !== "symbol";
    return {
      name,
      value: valueText(value),
      evaluateName,
      variablesReference: hasParts ? this.#addParts(objectId, evaluateName) : 0,
    };
  }

  /**
   * The parts of what a reference stands for.
   *
   * @throws RangeError when the program has gone on since the reference was given
   */
  async partsOf(reference: number): Promise<Variable[]> {
    const holder = this.#holders.get(reference);
    if (holder === undefined) {
      throw new RangeError(`variablesReference ${reference} is not known; the program has gone on since`);
    }
    const found = new Map<string, Variable>();
    for (const { objectId, isHidden } of holder.objects) {
      for (const variable of await this.#partsOfObject(objectId, holder)) {
        if (!found.has(variable.name) && !isHidden(variable.name)) found.set(variable.name, variable);
      }
    }
    return [...found.values()];
  }

  /** The value whose parts a reference gives; undefined for a scope and for what is not known. */
  objectOf(reference: number): string | undefined {
    const holder = this.#holders.get(reference);
    return holder?.path === undefined ? undefined : holder.objects[0]?.objectId;
  }

  /** Forget everything: the program goes on. */
  clear(): void {
    this.#holders.clear();
    this.#main.post("Runtime.releaseObjectGroup", { objectGroup: OBJECTS }).catch(() => {});
  }

  #add(holder: Holder): number {
    this.#holders.set(++this.#lastReference, holder);
    return this.#lastReference;
  }

  #addParts(objectId: string, path: string, range?: Holder["range"]): number {
    return this.#add({ objects: [{ objectId, isHidden: nothingHidden }], path, range });
  }

  async #partsOfObject(object: string, holder: Holder): Promise<Variable[]> {
    const { path, range } = holder;
    if (path === undefined) return await this.#properties(object, (name) => name);
    const size = await this.#sizeOf(object);
    if (size.kind === "object") return await this.#properties(object, (name) => memberPath(path, name));
    const { start, end } = range ?? { start: 0, end: size.length };
    if (end - start > GROUP_SIZE) return this.#groups(object, path, start, end);
    const elements = await this.#main.call(object, ELEMENTS, {
      parameters: [{ value: start }, { value: end }],
      objectGroup: OBJECTS,
    });
    const isIndexed = size.kind === "array";
    return await this.#properties(elements.objectId!, (name) =>
      isIndexed ? memberPath(path, name) : `[...${path}][${name}]`,
    );
  }

  #groups(object: string, path: string, start: number, end: number): Variable[] {
    let size = GROUP_SIZE;
    while ((end - start) / size > MAXIMUM_GROUPS) size *= GROUP_SIZE;
    const groups: Variable[] = [];
    for (let from = start; from < end; from += size) {
      const range = { start: from, end: Math.min(from + size, end) };
      groups.push({
        name: `[${range.start} … ${range.end - 1}]`,
        value: "",
        evaluateName: `${path}.slice(${range.start}, ${range.end})`,
        variablesReference: this.#addParts(object, path, range),
      });
    }
    return groups;
  }

  async #sizeOf(object: string): Promise<{ kind: "object" | "array" | "entries"; length: number }> {
    const { value } = await this.#main.call(object, SIZE, { returnByValue: true });
    return value as { kind: "object" | "array" | "entries"; length: number };
  }

  async #properties(object: string, pathOf: (name: string) => string): Promise<Variable[]> {
    const found = await this.#main.post<Runtime.GetPropertiesReturnType>("Runtime.getProperties", {
      objectId: object,
      ownProperties: true,
      generatePreview: true,
    });
    const privateProperties =
      (found as { privateProperties?: Runtime.PropertyDescriptor[] }).privateProperties ?? [];
    const variables: Variable[] = [];
    for (const { name, value, get } of [...found.result, ...privateProperties].slice(0, MAXIMUM_PARTS)) {
      if (name === "__proto__") continue;
      const evaluateName = pathOf(name);
      if (value !== undefined) variables.push(this.describe(name, evaluateName, value));
      else {
        const text = get === undefined || get.type === "undefined" ? "not set yet" : "(getter)";
        variables.push({ name, value: text, evaluateName, variablesReference: 0 });
      }
    }
    for (const { name, value } of found.internalProperties ?? []) {
      if (value !== undefined && !MACHINERY.has(name)) variables.push(this.describe(name, "", value));
    }
    const omitted = found.result.length - MAXIMUM_PARTS;
    if (omitted > 0) {
      variables.push({ name: "…", value: `${omitted} more`, evaluateName: "", variablesReference: 0 });
    }
    return variables;
  }
}

function memberPath(path: string, name: string): string {
  if (/^[\p{ID_Start}$_#][\p{ID_Continue}$]*$/u.test(name)) return `${path}.${name}`;
  return /^\d+$/.test(name) ? `${path}[${name}]` : `${path}[${JSON.stringify(name)}]`;
}

/** Runs in the other thread: what an object's parts are. No getter is called and no proxy is asked. */
const SIZE = `function () {
  const { types } = process.getBuiltinModule("node:util");
  if (types.isProxy(this)) return { kind: "object", length: 0 };
  if (Array.isArray(this)) return { kind: "array", length: this.length };
  if (types.isTypedArray(this)) {
    const prototype = Object.getPrototypeOf(Uint8Array.prototype);
    return { kind: "array", length: Object.getOwnPropertyDescriptor(prototype, "length").get.call(this) };
  }
  for (const [is, { prototype }] of [[types.isMap, Map], [types.isSet, Set]]) {
    if (is(this)) {
      return { kind: "entries", length: Object.getOwnPropertyDescriptor(prototype, "size").get.call(this) };
    }
  }
  return { kind: "object", length: 0 };
}`;

/** Runs in the other thread: elements from one place to another, as properties of one object. */
const ELEMENTS = `function (start, end) {
  const { types } = process.getBuiltinModule("node:util");
  const elements = Object.create(null);
  if (types.isMap(this) || types.isSet(this)) {
    const isMap = types.isMap(this);
    const entries = isMap ? Map.prototype.entries.call(this) : Set.prototype.values.call(this);
    let index = 0;
    for (const entry of entries) {
      if (index >= end) break;
      if (index >= start) elements[index] = isMap ? { key: entry[0], value: entry[1] } : entry;
      index += 1;
    }
    return elements;
  }
  for (let index = start; index < end; index += 1) {
    const property = Object.getOwnPropertyDescriptor(this, index);
    if (property !== undefined) Object.defineProperty(elements, index, { ...property, configurable: true });
  }
  if (start === 0 && end >= this.length) {
    for (const key of Object.keys(this)) {
      const property = Object.getOwnPropertyDescriptor(this, key);
      if (property !== undefined && !/^\\d+$/.test(key)) Object.defineProperty(elements, key, property);
    }
  }
  return elements;
}`;

import { types } from "node:util";

import type { Variable } from "../../kernel-object.ts";
import { isClass } from "../../session/live-values.ts";
import type { LiveVariable } from "../../session/session.ts";
import { bytesText, shownAsTable } from "./shown.ts";
import { entryCount, sizeOf } from "./size-of.ts";

/** Values looked at in one listing, shared out evenly: a large variable hides no other one. */
const MAXIMUM_VALUES = 300_000;

/** Values stay out of the list: it is saved with the notebook, and they may be anyone's data. */
export function listVariables(variables: Iterable<LiveVariable>): readonly Variable[] {
  const all = [...variables];
  const seen = new Set<object>();
  const maximum = Math.ceil(MAXIMUM_VALUES / Math.max(1, all.length));
  const listed = all.map(({ name, kind, value }): Variable => {
    // A module belongs to no variable.
    const size = kind === "import" ? { bytes: 0, isLarger: false } : sizeOf(value, { seen, maximum });
    return { name, kind, type: typeText(value), ...size };
  });
  listed.sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
  return shownAsTable(listed, {
    columns: [{ name: "name" }, { name: "kind" }, { name: "type" }, { name: "size", isQuantity: true }],
    rows: listed.map(({ name, kind, type, bytes, isLarger }) => [
      name,
      kind,
      type,
      kind === "import" ? "" : `${isLarger ? "> " : ""}${bytesText(bytes)}`,
    ]),
    empty: "no variables",
  });
}

function typeText(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return `string(${value.length})`;
  if (typeof value === "function") return isClass(value) ? "class" : "function";
  if (typeof value !== "object") return typeof value;
  if (types.isProxy(value)) return "Proxy";
  if (types.isModuleNamespaceObject(value)) return "module";
  if (Array.isArray(value)) return `Array(${value.length})`;
  if (types.isMap(value)) return `Map(${entryCount(value)})`;
  if (types.isSet(value)) return `Set(${entryCount(value)})`;
  if (types.isTypedArray(value)) return `${className(value)}(${value.length})`;
  return className(value);
}

/** The name of a value's class, without running code of it. */
function className(value: object): string {
  for (
    let holder = Object.getPrototypeOf(value) as object | null;
    holder !== null && !types.isProxy(holder);
  ) {
    const maker: unknown = Object.getOwnPropertyDescriptor(holder, "constructor")?.value;
    const name: unknown =
      typeof maker === "function" ? Object.getOwnPropertyDescriptor(maker, "name")?.value : undefined;
    if (typeof name === "string" && name !== "") return name;
    holder = Object.getPrototypeOf(holder) as object | null;
  }
  return "object";
}

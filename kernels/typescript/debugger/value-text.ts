import type { Runtime } from "node:inspector";
import { inspect } from "node:util";

const MAXIMUM_CHARACTERS = 300;

/**
 * A value in one line, from what the inspector tells of it: no code of the user's runs.
 *
 * @example
 * valueText({ type: "string", value: "it's" }) //=> `"it's"`
 * valueText({ type: "bigint", unserializableValue: "7n" }) //=> "7n"
 */
export function valueText(value: Runtime.RemoteObject): string {
  const { preview } = value;
  const text = preview === undefined ? plainText(value) : previewText(preview);
  return shorten(text);
}

function plainText({ type, subtype, value, unserializableValue, description }: Runtime.RemoteObject): string {
  if (type === "string") return inspect(value);
  if (type === "function") return functionText(description ?? "");
  if (unserializableValue !== undefined) return unserializableValue;
  if (subtype === "null" || type !== "object") return description ?? String(value);
  return firstLine(description ?? type);
}

/** `ƒ name(parameters)` or `class Name`: the head of the code. */
function functionText(code: string): string {
  const isClass = /^class\b/.test(code);
  const head = /^[^{]*?(?=\s*(?:\{|=>))/.exec(code)?.[0] ?? firstLine(code);
  return isClass ? head : `ƒ ${head.replace(/^(async )?function\*? ?/, "$1")}`;
}

function previewText(preview: Runtime.ObjectPreview): string {
  const { subtype, description = "", properties, entries, overflow } = preview;
  switch (subtype) {
    case "error":
    case "date":
    case "regexp":
    case "null":
    case "dataview":
      return firstLine(description);
    case "array":
    case "typedarray":
      return `${description.replace(/^Array/, "")} [${list(properties.map(propertyValue), overflow)}]`;
    case "map":
    case "set":
      return `${description} ${inBraces(list((entries ?? []).map(entryText), overflow))}`;
    case "promise":
    case "proxy":
      return description;
  }
  if (preview.type === "function") return functionText(description);
  const pairs = properties.map((property) => `${property.name}: ${propertyValue(property)}`);
  const object = inBraces(list(pairs, overflow));
  return description === "Object" ? object : `${firstLine(description)} ${object}`;
}

function propertyValue({ type, value = "", valuePreview }: Runtime.PropertyPreview): string {
  if (type === "accessor") return "(getter)";
  if (type === "function") return "ƒ";
  if (type === "string") return inspect(value);
  if (value === "Object" && valuePreview === undefined) return "{…}";
  return valuePreview === undefined ? value : previewText(valuePreview);
}

function entryText({ key, value }: Runtime.EntryPreview): string {
  const text = entryValue(value);
  return key === undefined ? text : `${entryValue(key)} => ${text}`;
}

function entryValue(preview: Runtime.ObjectPreview): string {
  if (preview.type === "string") return inspect(preview.description ?? "");
  return preview.type === "object" ? previewText(preview) : (preview.description ?? preview.type);
}

function list(texts: readonly string[], overflow: boolean): string {
  return [...texts, ...(overflow ? ["…"] : [])].join(", ");
}

function inBraces(text: string): string {
  return text === "" ? "{}" : `{ ${text} }`;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!;
}

function shorten(text: string): string {
  return text.length <= MAXIMUM_CHARACTERS ? text : `${text.slice(0, MAXIMUM_CHARACTERS - 1)}…`;
}

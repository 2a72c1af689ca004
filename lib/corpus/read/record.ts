import type { MetadataValue } from "../document.ts";
import { licenceIdentifier } from "../licence.ts";
import type { ParseOutcome } from "./entry.ts";

export interface RecordOptions {
  /** The field that holds the text. */
  readonly textField: string;
  /** The field that holds the identifier. */
  readonly idField: string;
}

/**
 * A record of JSON Lines, CSV or Parquet as a document; the fields besides the text go to the metadata.
 *
 * Records that `writeDocuments` wrote come back as they were. A field `licence` or `license` is the licence, in
 * SPDX where it is understood, as it stands where it is not.
 */
export function parseRecord(record: unknown, place: string, options: RecordOptions): ParseOutcome {
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    return { place, reason: "not an object" };
  }
  const { [options.textField]: text, [options.idField]: id, ...rest } = record as Record<string, unknown>;
  if (text === undefined) return { place, reason: `no field "${options.textField}" (option "textField")` };
  if (text === null) return { place, reason: `nothing in the field "${options.textField}"` };
  if (typeof text !== "string") return { place, reason: `the field "${options.textField}" is not a text` };
  if (Number.isInteger(id) && !Number.isSafeInteger(id)) {
    return {
      place,
      reason: `the number in "${options.idField}" is past 2^53 and was rounded; write it as a text`,
    };
  }
  const isId = typeof id === "string" || typeof id === "number" || typeof id === "bigint";
  const known = { text: text.toWellFormed(), id: isId && id !== "" ? String(id) : undefined, place };
  const { source, licence = rest["license"] ?? null, metadata, sensitivity } = rest;
  const isOurs = typeof metadata === "object" && metadata !== null && isSensitivity(sensitivity);
  if (isOurs && typeof source === "string" && (licence === null || typeof licence === "string")) {
    return {
      ...known,
      source,
      licence,
      metadata: metadata as Readonly<Record<string, MetadataValue>>,
      sensitivity,
    };
  }
  return {
    ...known,
    licence: typeof licence === "string" && licence !== "" ? (licenceIdentifier(licence) ?? licence) : null,
    metadata: Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, metadataValue(value)])),
    sensitivity: isSensitivity(sensitivity) ? sensitivity : undefined,
  };
}

/** Lists of texts and single values stay; other values become their JSON. */
function metadataValue(value: unknown): MetadataValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) return value;
  if (Array.isArray(value) && value.every((held) => typeof held === "string")) return value;
  if (typeof value === "object")
    return JSON.stringify(value, (_, held: unknown) => (typeof held === "bigint" ? `${held}` : held));
  return String(value);
}

function isSensitivity(value: unknown): value is "public" | "restricted" {
  return value === "public" || value === "restricted";
}

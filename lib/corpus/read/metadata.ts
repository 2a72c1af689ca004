import type { Metadata, MetadataValue } from "../document.ts";

/** Metadata without what is not known: undefined and empty lists. */
export function withoutUndefined(values: Readonly<Record<string, MetadataValue | undefined>>): Metadata {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
    ),
  ) as Metadata;
}

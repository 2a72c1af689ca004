import type { Sensitivity } from "../../table/sensitivity.ts";
import type { SourceCount } from "./manifest.ts";
import { countSources } from "./source-counts.ts";

/** What a folder of token shards holds under one licence. */
export interface LicenceCount {
  /** SPDX name or expression; null where it is not known. */
  readonly licence: string | null;
  readonly documentCount: number;
  readonly tokenCount: number;
  /** The first ten public ones in the documents' order; ids of restricted documents may tell of people. */
  readonly documentIds: readonly string[];
  /** The ten with the most tokens. */
  readonly sources: readonly SourceCount[];
}

interface CountedDocument {
  readonly id: string;
  readonly source: string;
  readonly licence: string | null;
  readonly tokenCount: number;
  readonly sensitivity: Sensitivity;
}

const idsShown = 10;
const sourcesShown = 10;
/** More are no licences but texts about them; they count as not known. */
const mostLicences = 1000;

/** Documents by licence, with every source; {@link joinLicenceCounts} makes the manifest's of them. */
export function countLicences(documents: Iterable<CountedDocument>): LicenceCount[] {
  const held = Map.groupBy(documents, ({ licence }) => licence);
  return Array.from(held, ([licence, own]) => ({
    licence,
    documentCount: own.length,
    tokenCount: own.reduce((sum, { tokenCount }) => sum + tokenCount, 0),
    documentIds: firstIds(own.filter(({ sensitivity }) => sensitivity === "public").map(({ id }) => id)),
    sources: countSources(own),
  }));
}

/** The counts of several shards as one, by falling number of tokens. */
export function joinLicenceCounts(parts: readonly LicenceCount[]): LicenceCount[] {
  const known = new Set<string | null>(parts.map(({ licence }) => licence));
  const nameOf = ({ licence }: LicenceCount) => (known.size > mostLicences ? null : licence);
  const joined = Array.from(Map.groupBy(parts, nameOf), ([licence, own]): LicenceCount => ({
    licence,
    documentCount: own.reduce((sum, { documentCount }) => sum + documentCount, 0),
    tokenCount: own.reduce((sum, { tokenCount }) => sum + tokenCount, 0),
    documentIds: firstIds(own.flatMap(({ documentIds }) => documentIds)),
    sources: countSources(own.flatMap(({ sources }) => sources)).slice(0, sourcesShown),
  }));
  return joined.toSorted(
    (one, other) =>
      other.tokenCount - one.tokenCount || ((one.licence ?? "~") < (other.licence ?? "~") ? -1 : 1),
  );
}

function firstIds(ids: readonly string[]): string[] {
  return ids.slice(0, idsShown);
}

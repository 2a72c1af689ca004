import type { SourceCount } from "./manifest.ts";

/** More files than this are counted together, so that a corpus of a file a document has a short manifest. */
const mostSources = 1000;
const otherSources = "(other sources)";

/** Counts by source, most tokens first, equal ones by name; what is past the first thousand comes last, as one. */
export function countSources(
  parts: Iterable<{ readonly source: string; readonly documentCount?: number; readonly tokenCount: number }>,
): SourceCount[] {
  const counts = new Map<string, { documentCount: number; tokenCount: number }>();
  for (const part of parts) addCount(counts, fileOf(part.source), part);
  const others = new Map([...counts].filter(([source]) => source === otherSources));
  counts.delete(otherSources);
  const sorted = [...counts].toSorted(
    ([left, one], [right, other]) => other.tokenCount - one.tokenCount || (left < right ? -1 : 1),
  );
  for (const [, count] of sorted.splice(mostSources)) addCount(others, otherSources, count);
  return [...sorted, ...others].map(([source, count]) => ({ source, ...count }));
}

function addCount(
  counts: Map<string, { documentCount: number; tokenCount: number }>,
  source: string,
  { documentCount = 1, tokenCount }: { readonly documentCount?: number; readonly tokenCount: number },
): void {
  const count = counts.get(source);
  if (count === undefined) counts.set(source, { documentCount, tokenCount });
  else {
    count.documentCount += documentCount;
    count.tokenCount += tokenCount;
  }
}

/** Of a place in an archive, the archive. */
function fileOf(source: string): string {
  const end = source.indexOf("!/");
  return end < 0 ? source : source.slice(0, end);
}

import type { ResolvedDataset } from "./resolve-dataset.ts";

/** Data sets whose notice was shown: once in a process is enough. */
const shown = new Set<string>();

/** Say on standard error, which a notebook shows below the cell, that a sample stands in for the real data. */
export function showNotice({ entry, notice }: ResolvedDataset): void {
  if (notice === undefined || shown.has(entry.name)) return;
  shown.add(entry.name);
  console.warn(notice);
}

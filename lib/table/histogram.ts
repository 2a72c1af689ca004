/**
 * Counts of values in neighbouring bins: `counts[i]` are those in [edges[i], edges[i + 1]), the last bin with its end.
 *
 * Of dates the edges are milliseconds since 1970 in UTC.
 */
export interface Histogram {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/**
 * Edges of at most `binCount` bins of one width from `min` to past `max`.
 *
 * Of whole values the width is whole, so that no bin holds more numbers than another.
 *
 * @example
 * binEdges(1, 4, { binCount: 20, isWhole: true }) //=> [1, 2, 3, 4, 5]
 * binEdges(0, 1, { binCount: 4, isWhole: false }) //=> [0, 0.25, 0.5, 0.75, 1]
 */
export function binEdges(
  min: number,
  max: number,
  { binCount, isWhole }: { readonly binCount: number; readonly isWhole: boolean },
): number[] {
  if (isWhole) {
    const width = Math.ceil((max - min + 1) / binCount);
    const used = Math.ceil((max - min + 1) / width);
    return Array.from({ length: used + 1 }, (_, index) => min + index * width);
  }
  if (min === max) return [min, max];
  // Not max - min, which is infinite for numbers far apart. Numbers next to each other give the same edge twice.
  const shares = Array.from({ length: binCount + 1 }, (_, index) => index / binCount);
  return [...new Set(shares.map((share) => min * (1 - share) + max * share))];
}

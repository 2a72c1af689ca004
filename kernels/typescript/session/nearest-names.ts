/**
 * Those names that a misspelt one was likely meant to be, the nearest first.
 *
 * Nearest by the number of letters to insert, remove, replace or swap with a neighbour; case does not
 * count. At most a third of the letters may differ, or one of a short name.
 *
 * @example
 * nearestNames("yaer", ["pmid", "year"]) //=> ["year"]
 */
export function nearestNames(name: string, candidates: Iterable<string>, maximum = 3): string[] {
  const limit = Math.max(1, Math.floor(name.length / 3));
  const near: { candidate: string; distance: number }[] = [];
  for (const candidate of new Set(candidates)) {
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    // One letter of two says nothing.
    if (distance <= limit && distance < name.length / 2) near.push({ candidate, distance });
  }
  return near
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, maximum)
    .map(({ candidate }) => candidate);
}

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = last[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      let distance = Math.min(replaced, last[column]! + 1, current[column - 1]! + 1);
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) distance = Math.min(distance, beforeLast[column - 2]! + 1);
      current.push(distance);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}

import { similarityAtLeast, type VerifiedPair } from "./similarity-join.ts";
import { UnionFind } from "../union-find.ts";

/** A document that goes, by its place in the group. */
export interface Removal {
  readonly removed: number;
  /** The document that it was verified against: the one that stays, where they are similar enough. */
  readonly partner: number;
  readonly jaccard: number;
}

export interface Cluster {
  /** The earliest document of the cluster in the input, which stays. */
  readonly kept: number;
  readonly removals: readonly Removal[];
  /** The least similarity of a removed document to the kept one; a chain can bring it below the threshold. */
  readonly lowestJaccard: number;
}

/**
 * The clusters that verified pairs make, and for each document that goes its partner.
 *
 * A document that reaches the kept one only through others has as its partner the next one on the way there.
 *
 * @param pairs at least a spanning tree of each cluster; of more, those that joined two clusters first count
 * @param load the sorted shingles of a document
 */
export function clustersOf(
  groupSize: number,
  pairs: readonly VerifiedPair[],
  load: (place: number) => Float64Array,
  threshold: number,
): Cluster[] {
  const sets = new UnionFind(groupSize);
  const tree = pairs.filter(({ left, right }) => sets.join(left, right));
  const neighbours = new Map<number, { other: number; jaccard: number }[]>();
  for (const { left, right, jaccard } of tree) {
    push(neighbours, left, { other: right, jaccard });
    push(neighbours, right, { other: left, jaccard });
  }
  return Array.from(sets.groups(), (members) => {
    const kept = members[0]!;
    const keptSet = load(kept);
    const steps = stepsTowards(kept, neighbours);
    let lowestJaccard = 1;
    const removals = Array.from(members.subarray(1), (removed): Removal => {
      const jaccard = similarityAtLeast(keptSet, load(removed), 0);
      lowestJaccard = Math.min(lowestJaccard, jaccard);
      return jaccard >= threshold ? { removed, partner: kept, jaccard } : steps.get(removed)!;
    });
    return { kept, removals, lowestJaccard };
  });
}

/** For each document of a tree the next one on the way to `kept`. */
function stepsTowards(
  kept: number,
  neighbours: ReadonlyMap<number, readonly { other: number; jaccard: number }[]>,
): Map<number, Removal> {
  const steps = new Map<number, Removal>();
  const reached = [kept];
  for (const place of reached) {
    for (const { other, jaccard } of neighbours.get(place) ?? []) {
      if (other === kept || steps.has(other)) continue;
      steps.set(other, { removed: other, partner: place, jaccard });
      reached.push(other);
    }
  }
  return steps;
}

function push<Value>(lists: Map<number, Value[]>, key: number, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

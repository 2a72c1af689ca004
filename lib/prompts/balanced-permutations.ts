import { ArgumentError } from "../core/errors.ts";
import { SeededRandom } from "../core/seeded-random.ts";

/**
 * Orders of options for the runs of an ensemble, in which every option stands at every place equally often.
 *
 * Over any whole number of rounds of `optionCount` runs the counts are equal, else they differ by at most one. No order
 * comes twice before all have come once. An order holds at each place the option's own place in the question.
 *
 * @param optionCount 2 to 10
 *
 * @example
 * balancedPermutations(2, 3, 0).length //=> 3
 */
export function balancedPermutations(optionCount: number, runs: number, seed: number | string): number[][] {
  if (!Number.isSafeInteger(optionCount) || optionCount < 2 || optionCount > 10)
    throw new ArgumentError("optionCount", "a whole number from 2 to 10", optionCount);
  if (!Number.isSafeInteger(runs) || runs < 1) throw new ArgumentError("runs", "a whole number >= 1", runs);
  const random = new SeededRandom(seed).fork(`permutations of ${optionCount}`);
  const names = random.shuffle(places(optionCount));
  const seen = new Set<string>();
  const squareCount = factorial(optionCount - 1);
  const orders: number[][] = [];
  while (orders.length < runs) {
    if (seen.size === squareCount) seen.clear();
    // A row, and it with the same number added to each place, are a Latin square; a first row that begins with 0
    // stands for its square, so that squares that share a row are the same one.
    const first = [0, ...random.shuffle(places(optionCount).slice(1))];
    if (seen.has(String(first))) continue;
    seen.add(String(first));
    for (const added of random.shuffle(places(optionCount)))
      orders.push(first.map((place) => names[(place + added) % optionCount]!));
  }
  return orders.slice(0, runs);
}

function places(count: number): number[] {
  return Array.from({ length: count }, (_, place) => place);
}

function factorial(count: number): number {
  return count < 2 ? 1 : count * factorial(count - 1);
}

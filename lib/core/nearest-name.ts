import { ArgumentError } from "./errors.ts";

/**
 * Number of one-character insertions, deletions, replacements and swaps of neighbours between two names.
 *
 * The swap counts once (optimal string alignment), since it is what fingers do: "tset" for "test".
 *
 * @example
 * editDistance("tset", "test") //=> 1
 */
export function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = previous[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      let best = Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1);
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped) best = Math.min(best, beforePrevious[column - 2]! + 1);
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length]!;
}

/** What is longer is no mistyped name, and comparing it takes long. */
const maximumCharacters = 200;

/**
 * The candidate most like a mistyped name, or undefined when none is near.
 *
 * Near is under half of the longer name's length in edits, case aside, or one name holding the other.
 * The earliest candidate wins a tie.
 *
 * @example
 * nearestName("pubmedqa", ["medqa-test", "pubmedqa-labelled"]) //=> "pubmedqa-labelled"
 */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  if (wanted === "" || wanted.length > maximumCharacters) return undefined;
  let nearest: string | undefined;
  let smallest = Infinity;
  for (const candidate of candidates) {
    const held = candidate.toLowerCase();
    if (held.length > maximumCharacters) continue;
    const within = held.includes(wanted) || wanted.includes(held);
    const distance = editDistance(wanted, held) / Math.max(wanted.length, held.length);
    const score = within ? Math.min(distance, 0.4) : distance;
    if (score < 0.5 && score < smallest) {
      nearest = candidate;
      smallest = score;
    }
  }
  return nearest;
}

/**
 * The error for a name that is not one of the valid ones: it lists the nearest first, then all.
 *
 * @example
 * unknownName("name", "medqa-tset", ["medqa-dev", "medqa-test"]).message
 * //=> '"name" must be one of medqa-dev, medqa-test (did you mean medqa-test?), got "medqa-tset" (string)'
 */
export function unknownName(parameter: string, received: unknown, valid: readonly string[]): ArgumentError {
  const nearest = typeof received === "string" ? nearestName(received, valid) : undefined;
  const suggestion = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
  if (valid.length === 0)
    return new ArgumentError(parameter, "a name that is there; there is none yet", received);
  return new ArgumentError(parameter, `one of ${valid.join(", ")}${suggestion}`, received);
}

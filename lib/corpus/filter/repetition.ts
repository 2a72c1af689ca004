/** Share of the parts that came before; 0 for none. */
export function duplicateFraction(parts: readonly string[]): number {
  return parts.length === 0 ? 0 : 1 - new Set(parts).size / parts.length;
}

/** Share of the parts' characters that lie in parts that came before; 0 for none. */
export function duplicateCharacterFraction(parts: readonly string[]): number {
  const seen = new Set<string>();
  let total = 0;
  let repeated = 0;
  for (const part of parts) {
    total += part.length;
    if (seen.has(part)) repeated += part.length;
    else seen.add(part);
  }
  return total === 0 ? 0 : repeated / total;
}

/** What n-grams of one length repeat, as shares of the characters in words. */
export interface NgramRepetition {
  readonly n: number;
  /** In all copies of the most frequent n-gram, of equally frequent ones the longest; 0 when none repeats. */
  readonly topFraction: number;
  /** In n-grams that came before, each character counted once however many of them it lies in. */
  readonly duplicateFraction: number;
}

/**
 * Repetition of word n-grams, n = 2 … `maximumN`, exact: no hash decides that two are equal.
 *
 * A longer n-gram can repeat only where the shorter ones at its place do, so each length looks at what is left.
 */
export function ngramRepetition(words: readonly string[], maximumN: number): NgramRepetition[] {
  const numbers = numbered(words);
  const starts = characterStarts(words);
  const total = starts[words.length]!;
  let classes = repeatedClasses(Float64Array.from(numbers));
  const found: NgramRepetition[] = [];
  for (let n = 2; n <= maximumN; n++) {
    // The class of the n-gram at a place: of the shorter one there, and of the word that is added.
    const keys = new Float64Array(Math.max(0, words.length - n + 1)).fill(-1);
    for (let place = 0; place < keys.length; place++) {
      const isPossible = classes[place]! >= 0 && classes[place + 1]! >= 0;
      if (isPossible) keys[place] = classes[place]! * words.length + numbers[place + n - 1]!;
    }
    classes = repeatedClasses(keys);
    found.push({ n, ...fractionsOf(classes, n, starts, total) });
  }
  return found;
}

/** Each word's number, equal for equal words. */
function numbered(words: readonly string[]): Uint32Array {
  const numbers = new Map<string, number>();
  return Uint32Array.from(words, (word) => {
    const known = numbers.get(word);
    if (known !== undefined) return known;
    numbers.set(word, numbers.size);
    return numbers.size - 1;
  });
}

function characterStarts(words: readonly string[]): Float64Array {
  const starts = new Float64Array(words.length + 1);
  for (const [index, word] of words.entries()) starts[index + 1] = starts[index]! + word.length;
  return starts;
}

/** Numbers from 0 for keys that come at least twice, -1 for the others and for the key -1. */
function repeatedClasses(keys: Float64Array): Int32Array {
  const firstPlace = new Map<number, number>();
  const classes = new Int32Array(keys.length).fill(-1);
  let count = 0;
  for (let place = 0; place < keys.length; place++) {
    const key = keys[place]!;
    if (key < 0) continue;
    const first = firstPlace.get(key);
    if (first === undefined) firstPlace.set(key, place);
    else {
      if (classes[first]! < 0) classes[first] = count++;
      classes[place] = classes[first]!;
    }
  }
  return classes;
}

function fractionsOf(classes: Int32Array, n: number, starts: Float64Array, total: number) {
  const counts = new Map<number, number>();
  let topCount = 0;
  let topCharacters = 0;
  let repeated = 0;
  let coveredTo = 0;
  for (let place = 0; place < classes.length; place++) {
    const held = classes[place]!;
    if (held < 0) continue;
    const count = (counts.get(held) ?? 0) + 1;
    counts.set(held, count);
    const start = starts[place]!;
    const end = starts[place + n]!;
    if (count > topCount || (count === topCount && end - start > topCharacters)) {
      topCount = count;
      topCharacters = end - start;
    }
    if (count === 1) continue;
    repeated += end - Math.max(start, coveredTo);
    coveredTo = end;
  }
  const topFraction = total === 0 ? 0 : Math.min(1, (topCount * topCharacters) / total);
  return { topFraction, duplicateFraction: total === 0 ? 0 : repeated / total };
}

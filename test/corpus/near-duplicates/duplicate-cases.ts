import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import * as fc from "fast-check";
import { SeededRandom } from "../../../lib/core/seeded-random.ts";
import { removeNearDuplicates } from "../../../lib/corpus/near-duplicates/remove-near-duplicates.ts";
import type {
  NearDuplicatesReport,
  RemoveNearDuplicatesOptions,
} from "../../../lib/corpus/near-duplicates/remove-near-duplicates.ts";

/** A folder that goes when the test is over. */
export function temporaryFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rounds-duplicates-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Texts many of which are near-duplicates: copies of a few with some words changed, short ones, empty ones. */
export const corpus: fc.Arbitrary<string[]> = fc
  .record({
    bases: fc.array(fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 20, maxLength: 120 }), {
      minLength: 1,
      maxLength: 4,
    }),
    copies: fc.array(
      fc.record({
        base: fc.nat(3),
        changes: fc.array(fc.record({ place: fc.nat(119), word: fc.integer({ min: 0, max: 300 }) }), {
          maxLength: 5,
        }),
      }),
      { maxLength: 40 },
    ),
    others: fc.array(
      fc.constantFrom("", " … ", "One two.", "one TWO", "a b c d", "a b c d e", "Ü ü", "\ud800 x"),
      {
        maxLength: 6,
      },
    ),
  })
  .map(({ bases, copies, others }) => [
    ...copies.map(({ base, changes }) => {
      const words = [...bases[base % bases.length]!];
      for (const { place, word } of changes) words[place % words.length] = word;
      return words.map((word) => `w${word}`).join(" ");
    }),
    ...others,
  ])
  .chain((texts) => fc.shuffledSubarray(texts, { minLength: texts.length }));

/** Texts of some 300 words; one in five is a copy of an earlier one with up to 2 % of its words changed. */
export function editedTexts(count: number, seed: string): string[] {
  const random = new SeededRandom(seed);
  const word = () => `w${random.integer(0, 5000)}`;
  const texts: string[][] = [];
  while (texts.length < count) {
    if (texts.length > 0 && random.chance(0.2)) {
      const share = 0.02 * random.uniform();
      texts.push(random.choice(texts).map((kept) => (random.chance(share) ? word() : kept)));
    } else texts.push(Array.from({ length: 200 + random.integer(0, 200) }, word));
  }
  return texts.map((words) => words.join(" "));
}

/** The definition of the similarity, word for word. */
export function plainJaccard(left: string, right: string): number {
  const [one, other] = [shinglesOf(left), shinglesOf(right)];
  const shared = [...one].filter((shingle) => other.has(shingle)).length;
  return shared === 0 ? 0 : shared / (one.size + other.size - shared);
}

function shinglesOf(text: string): Set<string> {
  const words = (text.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => word.toLowerCase());
  if (words.length < 5) return new Set(words.length === 0 ? [] : [words.join(" ")]);
  return new Set(words.slice(4).map((_, place) => words.slice(place, place + 5).join(" ")));
}

interface PlainJoin {
  left: number;
  right: number;
}

export interface PlainPair extends PlainJoin {
  jaccard: number;
}

export function plainPairs(texts: readonly string[], threshold: number): PlainPair[] {
  const pairs: PlainPair[] = [];
  for (let left = 0; left < texts.length; left++) {
    for (let right = left + 1; right < texts.length; right++) {
      const jaccard = plainJaccard(texts[left]!, texts[right]!);
      if (jaccard >= threshold) pairs.push({ left, right, jaccard });
    }
  }
  return pairs;
}

/** For each text the earliest one that pairs lead to. */
export function plainClusters(count: number, pairs: readonly PlainJoin[]): number[] {
  const earliest = Array.from({ length: count }, (_, place) => place);
  for (let changed = true; changed;) {
    changed = false;
    for (const { left, right } of pairs) {
      const least = Math.min(earliest[left]!, earliest[right]!);
      if (earliest[left] !== least || earliest[right] !== least) changed = true;
      earliest[left] = earliest[right] = least;
    }
  }
  return earliest;
}

export interface RemovedLine {
  id: number;
  kept: number;
  jaccard: number;
  cluster: number;
}

export interface Outcome {
  readonly report: NearDuplicatesReport;
  /** Bytes of the three files, as text. */
  readonly output: string;
  readonly removedText: string;
  readonly pairsText: string;
  readonly removed: RemovedLine[];
  readonly pairs: PlainPair[];
}

/** Write files, remove their near-duplicates, read the results. */
export async function deduplicate(
  folder: string,
  files: readonly (string | Buffer)[],
  options: Partial<RemoveNearDuplicatesOptions> = {},
): Promise<Outcome> {
  const inputs = files.map((content, place) => {
    const path = join(folder, `input-${place}.jsonl`);
    writeFileSync(path, content);
    return path;
  });
  const [output, removed, pairs] = ["out", "removed", "pairs"].map((name) => join(folder, `${name}.jsonl`));
  const paths = { output: output!, removed: removed!, pairs: pairs! };
  const report = await removeNearDuplicates(inputs, { workers: 1, preset: "fast", ...paths, ...options });
  const read = (path: string) => readFileSync(path, "utf8");
  const [removedText, pairsText] = [
    read(paths.removed),
    options.pairs === undefined && "pairs" in options ? "" : read(paths.pairs),
  ];
  return {
    report,
    output: read(paths.output),
    removedText,
    pairsText,
    removed: parseLines<RemovedLine>(removedText),
    pairs: parseLines<PlainPair>(pairsText),
  };
}

export function linesOf(texts: readonly string[], firstId = 0): string {
  return texts.map((text, place) => `${JSON.stringify({ id: firstId + place, text })}\n`).join("");
}

function parseLines<Line>(text: string): Line[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

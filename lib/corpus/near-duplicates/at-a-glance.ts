import { checkList } from "../../core/arguments.ts";
import { ArgumentError } from "../../core/errors.ts";
import { checkOptions, integerOption, seedOption, shareOption } from "../../core/options.ts";
import { SeededRandom } from "../../core/seeded-random.ts";
import { jaccard, wordShingles } from "../../core/shingles.ts";

export interface NearDuplicatesOptions {
  /** Least Jaccard similarity of two documents' sets of word 5-grams, in (0, 1]. @default 0.85 */
  readonly threshold?: number;
  /** Look at so many documents, drawn at random when there are more. @default 5000 */
  readonly maximumDocuments?: number;
  /** Of the draw. @default 0 */
  readonly seed?: number | string;
}

/** Two documents that are nearly the same, their similarity computed and not estimated. */
export interface NearDuplicatePair {
  readonly left: string;
  readonly right: string;
  readonly jaccard: number;
}

/** Pairs of documents that are much alike, among those looked at. */
export interface NearDuplicatesGlance {
  /** By similarity, highest first, then in the documents' order. */
  readonly pairs: readonly NearDuplicatePair[];
  readonly documents: number;
  /** Documents that were looked at; fewer than `documents` for a sample. */
  readonly examined: number;
}

/** 64 bands of 8 rows: 512 values for each document. */
const bands = 64;
const rowsPerBand = 8;
const bins = bands * rowsPerBand;

/**
 * Find nearly equal documents of a small collection, for a first look; every pair's similarity is exact.
 *
 * Candidates come from one-permutation MinHash with 64 bands of 8 rows: a pair of similarity 0.85 agrees in a band
 * with a probability above 0.999, one of 0.7 with 0.97; equal texts always do. Documents without words never match.
 * All in memory, for some thousands of documents.
 *
 * @see Shrivastava 2017, "Optimal densification for fast and accurate minwise hashing"
 * @see Lee et al. 2021, "Deduplicating training data makes language models better"
 *
 * @example
 * nearDuplicatesAtAGlance(articles, { threshold: 0.9 }).pairs.length
 */
export function nearDuplicatesAtAGlance(
  documents: readonly { readonly id: string; readonly text: string }[],
  options: NearDuplicatesOptions = {},
): NearDuplicatesGlance {
  checkList("documents", "a list of documents", documents);
  const { threshold, maximumDocuments, seed } = checkOptions(options, {
    threshold: shareOption(0.85),
    maximumDocuments: integerOption(5000, { minimum: 2 }),
    seed: seedOption(0),
  });
  const places = documentsToExamine(documents.length, maximumDocuments, new SeededRandom(seed));
  const shingles = places.map((place) => {
    const document = documents[place]!;
    if (typeof document.text === "string") return wordShingles(document.text);
    throw new ArgumentError(`documents[${place}].text`, "a text", document.text);
  });
  const pairs: NearDuplicatePair[] = [];
  for (const [one, other] of candidatePairs(shingles)) {
    const similarity = jaccard(shingles[one]!, shingles[other]!);
    if (similarity < threshold) continue;
    pairs.push({
      left: documents[places[one]!]!.id,
      right: documents[places[other]!]!.id,
      jaccard: similarity,
    });
  }
  pairs.sort((one, other) => other.jaccard - one.jaccard);
  return { pairs, documents: documents.length, examined: places.length };
}

function documentsToExamine(count: number, maximum: number, random: SeededRandom): number[] {
  const all = Array.from({ length: count }, (_, place) => place);
  return count <= maximum ? all : random.sample(all, maximum).sort((one, other) => one - other);
}

/** Pairs that agree in all rows of a band, each once, in order. */
function candidatePairs(shingles: readonly Float64Array[]): [number, number][] {
  const signatures = shingles.map(signatureOf);
  const found = new Set<number>();
  for (let band = 0; band < bands; band++) {
    const buckets = new Map<number, number[]>();
    for (const [index, signature] of signatures.entries()) {
      if (signature === undefined) continue;
      const key = bandKey(signature, band * rowsPerBand);
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, [index]);
      else {
        for (const earlier of bucket) found.add(earlier * shingles.length + index);
        bucket.push(index);
      }
    }
  }
  const inOrder = [...found].sort((one, other) => one - other);
  return inOrder.map((code) => [Math.floor(code / shingles.length), code % shingles.length]);
}

/**
 * The least shingle of each bin; nothing for no shingles.
 *
 * A shingle's low bits choose its bin, its high bits decide what is least. An empty bin borrows from a bin that
 * the same sequence of tries finds for every document.
 */
function signatureOf(shingles: Float64Array): Float64Array | undefined {
  if (shingles.length === 0) return undefined;
  const least = new Float64Array(bins).fill(Infinity);
  for (const shingle of shingles) {
    const bin = shingle & (bins - 1);
    if (shingle < least[bin]!) least[bin] = shingle;
  }
  return least.map((value, bin) => {
    let lender = bin;
    for (let attempt = 1; least[lender] === Infinity; attempt++) {
      lender = mixed(Math.imul(bin, 0x9e3779b1) ^ attempt) & (bins - 1);
    }
    return value === Infinity ? least[lender]! : value;
  });
}

/** A 53-bit hash of the band's rows. */
function bandKey(signature: Float64Array, start: number): number {
  let low = 0;
  let high = 0;
  for (let row = start; row < start + rowsPerBand; row++) {
    const shingle = signature[row]!;
    low = mixed(Math.imul(low, 0x01000193) ^ shingle);
    high = Math.imul(high ^ (shingle / 0x100000000), 0x6c078967) ^ low;
  }
  return (mixed(high) & 0x1fffff) * 0x100000000 + (low >>> 0);
}

function mixed(lane: number): number {
  let bits = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

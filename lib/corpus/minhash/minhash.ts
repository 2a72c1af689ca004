import { SeededRandom } from "../../core/seeded-random.ts";
import { checkBanding, type Banding } from "./banding.ts";
import { factorsPerBlock, instantiateKernel, type MinHashKernel } from "./kernel.ts";

/** Values that are given to the kernel at once: they fit into the processor's first cache. */
const valuesPerCall = 4096;

/**
 * MinHash signatures of sets of shingles.
 *
 * Two sets' signatures agree in each place with a probability of their Jaccard similarity. A hash of a shingle is
 * its low 32 bits times an odd factor, modulo 2^32: a permutation of numbers that are random already, being hashes.
 * Each factor gives two places, the least hash in the signature's first half and the greatest in its second, so
 * that no band holds both. The factors are random and fixed: signatures made on any machine can be compared.
 *
 * @see Ji et al. 2013, "Min-max hash for Jaccard similarity": unbiased, with a smaller variance than least hashes alone
 * @see Broder 1997, "On the resemblance and containment of documents"
 *
 * @example
 * const minHash = new MinHash({ bands: 32, rows: 8 });
 * minHash.signature(wordShingles("one two three four five six")).length //=> 256
 */
export class MinHash {
  readonly bands: number;
  readonly rows: number;
  readonly #kernel: MinHashKernel;
  readonly #blocks: number;
  readonly #values: Uint32Array;
  readonly #signature: Uint32Array;
  readonly #keys: Uint32Array;
  readonly #addresses: { values: number; factors: number; least: number; greatest: number; keys: number };

  /** @throws {ArgumentError} bands or rows below 1, or more than 65,536 hashes */
  constructor({ bands, rows }: Banding) {
    checkBanding({ bands, rows });
    this.bands = bands;
    this.rows = rows;
    this.#blocks = Math.ceil((bands * rows) / 2 / factorsPerBlock);
    const padded = this.#blocks * factorsPerBlock;
    const values = 0;
    const factors = values + 4 * valuesPerCall;
    const signature = factors + 4 * padded;
    const keys = signature + 8 * padded;
    this.#addresses = { values, factors, least: signature, greatest: signature + 4 * padded, keys };
    this.#kernel = instantiateKernel(keys + 8 * bands);
    const { buffer } = this.#kernel.memory;
    this.#values = new Uint32Array(buffer, values, valuesPerCall);
    this.#signature = new Uint32Array(buffer, signature, 2 * padded);
    this.#keys = new Uint32Array(buffer, keys, 2 * bands);
    writeFactors(new Uint32Array(buffer, factors, padded));
  }

  /**
   * `bands * rows` extreme hashes; a view that the next call overwrites.
   *
   * @param shingles as {@link wordShingles} gives them
   */
  signature(shingles: Float64Array): Uint32Array {
    const { values, factors, least, greatest } = this.#addresses;
    this.#signature.fill(0xffffffff, 0, this.#blocks * factorsPerBlock);
    this.#signature.fill(0, this.#blocks * factorsPerBlock);
    for (let start = 0; start < shingles.length; start += valuesPerCall) {
      const count = Math.min(valuesPerCall, shingles.length - start);
      // An array of 32-bit numbers keeps a number's low 32 bits.
      for (let index = 0; index < count; index++) this.#values[index] = shingles[start + index]!;
      this.#kernel.sign(values, count, factors, least, greatest, this.#blocks);
    }
    return this.#signature.subarray(0, this.bands * this.rows);
  }

  /**
   * One 64-bit key a band, as two numbers, the low half first; a view that the next call overwrites.
   *
   * Sets that agree in all rows of a band have the same key there; others with a probability of about 2^-64.
   */
  bandKeys(shingles: Float64Array): Uint32Array {
    this.signature(shingles);
    const { least, keys } = this.#addresses;
    this.#kernel.bandKeys(least, this.bands, this.rows, keys);
    return this.#keys;
  }
}

function writeFactors(factors: Uint32Array): void {
  const random = new SeededRandom("MinHash factors");
  for (let hash = 0; hash < factors.length; hash++) factors[hash] = random.bits32() | 1;
}

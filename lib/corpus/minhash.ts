import { SeededRandom } from "../core/seeded-random.ts";
import { checkBanding, type Banding } from "./banding.ts";
import { hashesPerBlock, instantiateKernel, type MinHashKernel } from "./minhash-kernel.ts";

/** Values that are given to the kernel at once: they fit into the processor's first cache. */
const valuesPerCall = 4096;

/**
 * MinHash signatures of sets of shingles.
 *
 * Two sets' signatures agree in each place with a probability of their Jaccard similarity. A place's hash of a
 * shingle is `(value ^ mask) * factor` modulo 2^32, the value its low 32 bits, mask and odd factor random; both
 * are fixed, so that signatures made on any machine can be compared.
 *
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
  readonly #addresses: { values: number; parameters: number; signature: number; keys: number };

  /** @throws {ArgumentError} bands or rows below 1, or more than 65,536 hashes */
  constructor({ bands, rows }: Banding) {
    checkBanding({ bands, rows });
    this.bands = bands;
    this.rows = rows;
    this.#blocks = Math.ceil((bands * rows) / hashesPerBlock);
    const padded = this.#blocks * hashesPerBlock;
    const values = 0;
    const parameters = values + 4 * valuesPerCall;
    const signature = parameters + 8 * padded;
    const keys = signature + 4 * padded;
    this.#addresses = { values, parameters, signature, keys };
    this.#kernel = instantiateKernel(keys + 8 * bands);
    const { buffer } = this.#kernel.memory;
    this.#values = new Uint32Array(buffer, values, valuesPerCall);
    this.#signature = new Uint32Array(buffer, signature, padded);
    this.#keys = new Uint32Array(buffer, keys, 2 * bands);
    writeParameters(new Uint32Array(buffer, parameters, 2 * padded));
  }

  /**
   * `bands * rows` least hashes; a view that the next call overwrites. A set without shingles has 2^32 - 1 everywhere.
   *
   * @param shingles as {@link wordShingles} gives them
   */
  signature(shingles: Float64Array): Uint32Array {
    const { values, parameters, signature } = this.#addresses;
    this.#signature.fill(0xffffffff);
    for (let start = 0; start < shingles.length; start += valuesPerCall) {
      const count = Math.min(valuesPerCall, shingles.length - start);
      // An array of 32-bit numbers keeps a number's low 32 bits.
      for (let index = 0; index < count; index++) this.#values[index] = shingles[start + index]!;
      this.#kernel.sign(values, count, parameters, signature, this.#blocks);
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
    const { signature, keys } = this.#addresses;
    this.#kernel.bandKeys(signature, this.bands, this.rows, keys);
    return this.#keys;
  }
}

function writeParameters(parameters: Uint32Array): void {
  const random = new SeededRandom("MinHash masks and factors");
  for (let block = 0; block < parameters.length; block += 2 * hashesPerBlock) {
    for (let hash = block; hash < block + hashesPerBlock; hash++) {
      parameters[hash] = random.bits32();
      parameters[hash + hashesPerBlock] = random.bits32() | 1;
    }
  }
}

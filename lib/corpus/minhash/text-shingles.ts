import {
  characterFactorHigh,
  characterFactorLow,
  lowerCaseOf,
  needsCare,
  outgoingFactorHigh,
  outgoingFactorLow,
  wordFactorHigh,
  wordFactorLow,
  wordShingles,
  wordsPerShingle,
} from "../../core/shingles.ts";
import * as wasm from "../../core/assembler.ts";

const { add, block, code, get, i32Const, jump, jumpIf, openLoop, set, tee, when } = wasm;

/** Longer texts, in UTF-16 code units, go the slower way, so that memory stays small. */
const longestText = 1 << 18;

// Byte addresses. A text of n units has at most (n + 1) / 2 words, so its slots are at most half full.
const tableAddress = 0;
const ringAddress = tableAddress + 2 * 0x10000;
const textAddress = ringAddress + 64;
const slotsAddress = textAddress + 2 * longestText + 64;
const shinglesAddress = slotsAddress + 4 * longestText;
const memoryBytes = shinglesAddress + 4 * longestText + 64;

const ringEntryBytes = 8;

/**
 * {@link wordShingles}, the same hashes in the same order, in WebAssembly: some three times as fast.
 *
 * Texts with a character whose lower case depends on its neighbours or that is a pair of code units go to the
 * original; so do very long ones.
 *
 * @example
 * new TextShingles().of("One two three four five six.").length //=> 2
 */
export class TextShingles {
  readonly #scan: (stop: number, mask: number) => number;
  readonly #text: Buffer;
  readonly #units: Uint16Array;
  readonly #slots: Int32Array;
  readonly #ring: Int32Array;
  readonly #shingles: Float64Array;

  constructor() {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(memoryBytes / 65_536) });
    const { buffer } = memory;
    const { exports } = new WebAssembly.Instance(compiledModule(), { js: { memory } });
    this.#scan = exports["scan"] as (stop: number, mask: number) => number;
    this.#text = Buffer.from(buffer, textAddress, 2 * longestText + 2);
    this.#units = new Uint16Array(buffer, textAddress, longestText + 1);
    this.#slots = new Int32Array(buffer, slotsAddress, longestText);
    this.#ring = new Int32Array(buffer, ringAddress, 2 * wordsPerShingle);
    this.#shingles = new Float64Array(buffer, shinglesAddress, longestText / 2);
    new Uint16Array(buffer, tableAddress, 0x10000).set(lowerCaseOf);
  }

  /** The distinct shingles of a text; may be a view that the next call overwrites. */
  of(text: string): Float64Array {
    const { length } = text;
    if (length > longestText) return wordShingles(text);
    this.#text.write(text, "utf16le");
    // The scan stops at a unit that is part of no word.
    this.#units[length] = 0;
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, length)));
    this.#slots.fill(0, 0, slots);
    this.#ring.fill(0);
    const count = this.#scan(textAddress + 2 * length, slots - 1);
    return count < 0 ? wordShingles(text) : this.#shingles.subarray(0, count);
  }
}

let compiled: WebAssembly.Module | undefined;

function compiledModule(): WebAssembly.Module {
  return (compiled ??= new WebAssembly.Module(
    wasm.assembleModule([{ name: "scan", parameters: 2, results: 1, body: scanBody() }]),
  ));
}

/** The bits of a local mixed as in lib/core/shingles.ts, left on the stack. */
function mixed(local: number): number[] {
  const shifted = (bits: number) => code(get(local), i32Const(bits), wasm.i32ShiftRightUnsigned);
  return code(
    code(get(local), shifted(16), wasm.i32Xor, i32Const(0x85ebca6b | 0), wasm.i32Multiply, set(local)),
    code(get(local), shifted(13), wasm.i32Xor, i32Const(0xc2b2ae35 | 0), wasm.i32Multiply, tee(local)),
    code(shifted(16), wasm.i32Xor),
  );
}

function scanBody(): number[] {
  const [stop, mask] = [0, 1] as const;
  const [place, unit, low, high, rollingLow, rollingHigh] = [2, 3, 4, 5, 6, 7] as const;
  const [ring, words, count, slot, known] = [8, 9, 10, 11, 12] as const;
  const shingle = 13;
  const locals = wasm.list([
    [11, wasm.i32],
    [1, wasm.f64],
  ]);
  const loadUnit = code(
    code(get(place), wasm.i32Load16(0), i32Const(1), wasm.i32Shl, wasm.i32Load16(tableAddress), tee(unit)),
  );
  const multiply = (factor: number) => code(i32Const(factor | 0), wasm.i32Multiply);

  const takeUnit = code(
    code(get(low), get(unit), wasm.i32Xor, multiply(characterFactorLow), set(low)),
    code(get(high), get(unit), wasm.i32Xor, multiply(characterFactorHigh), tee(high)),
    code(get(high), i32Const(15), wasm.i32ShiftRightUnsigned, wasm.i32Xor, set(high)),
    add(place, 2),
  );
  const roll = (rolling: number, word: number, offset: number, factor: number, outgoing: number) =>
    code(
      code(mixed(word), set(word)),
      code(get(rolling), multiply(factor), get(word), wasm.i32Add),
      code(get(ring), wasm.i32Load(ringAddress + offset), multiply(outgoing), wasm.i32Sub, set(rolling)),
      code(get(ring), get(word), wasm.i32Store(ringAddress + offset)),
    );
  const nextRingEntry = code(
    add(ring, ringEntryBytes),
    when(
      code(get(ring), i32Const(wordsPerShingle * ringEntryBytes), wasm.i32Equal),
      code(i32Const(0), set(ring)),
    ),
  );
  const slotAddress = code(get(slot), i32Const(2), wasm.i32Shl);
  const shingleAddress = (index: number[]) => code(index, i32Const(3), wasm.i32Shl);
  const addShingle = code(
    code(get(rollingHigh), set(high), mixed(high), i32Const(0x1fffff), wasm.i32And, wasm.i64FromU32),
    code(wasm.i64Const(32n), wasm.i64ShiftLeft),
    code(get(rollingLow), set(low), mixed(low), tee(slot), wasm.i64FromU32, wasm.i64Or),
    code(wasm.f64FromU64, set(shingle)),
    code(get(slot), get(mask), wasm.i32And, set(slot)),
    block(
      openLoop(
        when(
          code(slotAddress, wasm.i32Load(slotsAddress), tee(known), wasm.i32IsZero),
          code(shingleAddress(get(count)), get(shingle), wasm.f64Store(shinglesAddress)),
          add(count, 1),
          code(slotAddress, get(count), wasm.i32Store(slotsAddress)),
          jump(2),
        ),
        code(shingleAddress(get(known)), wasm.f64Load(shinglesAddress - 8), get(shingle), wasm.f64Equal),
        jumpIf(1),
        code(get(slot), i32Const(1), wasm.i32Add, get(mask), wasm.i32And, set(slot)),
        jump(0),
      ),
    ),
  );
  const isSpecial = code(get(unit), i32Const(needsCare), wasm.i32Equal);
  const giveUp = code(i32Const(-1), wasm.giveBack);
  const eachWord = openLoop(
    when(
      code(get(place), get(stop), wasm.i32LessUnsigned),
      when(code(loadUnit, wasm.i32IsZero), add(place, 2), jump(2)),
      code(i32Const(0x811c9dc5 | 0), set(low), i32Const(0x9747b28c | 0), set(high)),
      openLoop(when(isSpecial, giveUp), takeUnit, loadUnit, jumpIf(0)),
      roll(rollingLow, low, 0, wordFactorLow, outgoingFactorLow),
      roll(rollingHigh, high, 4, wordFactorHigh, outgoingFactorHigh),
      nextRingEntry,
      add(words, 1),
      when(code(get(words), i32Const(wordsPerShingle), wasm.i32GreaterOrEqualUnsigned), addShingle),
      jump(1),
    ),
  );
  const isShort = code(
    code(get(words), i32Const(0), wasm.i32GreaterSigned),
    code(get(words), i32Const(wordsPerShingle), wasm.i32LessSigned, wasm.i32And),
  );
  return code(
    code(locals, i32Const(textAddress), set(place)),
    eachWord,
    when(isShort, addShingle),
    code(get(count), wasm.end),
  );
}

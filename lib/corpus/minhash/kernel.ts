import * as wasm from "../../core/assembler.ts";

const { add, code, countDown, get, i32Const, loop, set, tee } = wasm;

/**
 * The inner loops of MinHash as a WebAssembly module with 128-bit SIMD, assembled here when it is first needed.
 *
 * In words, with every number 32 bits wide and unsigned:
 *
 *     sign:     for each factor f and value v: least[f] = min(least[f], v * f), greatest[f] = max(greatest[f], v * f)
 *     bandKeys: for each band: key = 64 bits mixed from its rows
 *
 * The factors come in blocks that stay in registers with their extremes while all values of a document pass.
 */
export interface MinHashKernel {
  readonly memory: WebAssembly.Memory;
  /** All but the counts are byte addresses. */
  sign(
    values: number,
    valueCount: number,
    factors: number,
    least: number,
    greatest: number,
    blocks: number,
  ): void;
  bandKeys(signature: number, bands: number, rows: number, keys: number): void;
}

/** Vectors of four factors that the inner loop multiplies by side by side; more would not fit into registers. */
const vectorsPerBlock = 4;
const bytesPerVector = 16;
export const factorsPerBlock = 4 * vectorsPerBlock;

let compiled: WebAssembly.Module | undefined;

export function instantiateKernel(memoryBytes: number): MinHashKernel {
  compiled ??= new WebAssembly.Module(assembleKernel());
  const memory = new WebAssembly.Memory({ initial: Math.ceil(memoryBytes / 65_536) });
  const { exports } = new WebAssembly.Instance(compiled, { js: { memory } });
  return { memory, ...(exports as unknown as Omit<MinHashKernel, "memory">) };
}

function assembleKernel(): Uint8Array<ArrayBuffer> {
  return wasm.assembleModule([
    { name: "sign", parameters: 6, results: 0, body: signBody() },
    { name: "bandKeys", parameters: 4, results: 0, body: bandKeysBody() },
  ]);
}

function signBody(): number[] {
  const [values, valueCount, factors, leasts, greatests, blocks] = [0, 1, 2, 3, 4, 5] as const;
  const [place, stop, value, product] = [6, 7, 8, 9] as const;
  const factor = (index: number) => 10 + index;
  const least = (index: number) => 10 + vectorsPerBlock + index;
  const greatest = (index: number) => 10 + 2 * vectorsPerBlock + index;
  const locals = wasm.list([
    [2, wasm.i32],
    [2 + 3 * vectorsPerBlock, wasm.v128],
  ]);
  const blockBytes = vectorsPerBlock * bytesPerVector;
  const forEachVector = (emit: (index: number, offset: number) => number[]) =>
    Array.from({ length: vectorsPerBlock }, (_, index) => emit(index, index * bytesPerVector)).flat();

  const loadBlock = forEachVector((index, offset) =>
    code(
      code(get(factors), wasm.vectorLoad(offset), set(factor(index))),
      code(get(leasts), wasm.vectorLoad(offset), set(least(index))),
      code(get(greatests), wasm.vectorLoad(offset), set(greatest(index))),
    ),
  );
  const takeExtremes = forEachVector((index) =>
    code(
      code(get(value), get(factor(index)), wasm.i32x4Multiply, tee(product)),
      code(get(least(index)), wasm.i32x4MinUnsigned, set(least(index))),
      code(get(product), get(greatest(index)), wasm.i32x4MaxUnsigned, set(greatest(index))),
    ),
  );
  const storeBlock = forEachVector((index, offset) =>
    code(
      code(get(leasts), get(least(index)), wasm.vectorStore(offset)),
      code(get(greatests), get(greatest(index)), wasm.vectorStore(offset)),
    ),
  );
  const eachValue = loop(
    code(get(place), wasm.vectorLoadSplat32, set(value)),
    takeExtremes,
    code(get(place), i32Const(4), wasm.i32Add, tee(place), get(stop), wasm.i32LessUnsigned),
  );
  const eachBlock = loop(
    loadBlock,
    code(get(values), set(place)),
    eachValue,
    storeBlock,
    add(factors, blockBytes),
    add(leasts, blockBytes),
    add(greatests, blockBytes),
    countDown(blocks),
  );
  const findStop = code(get(values), get(valueCount), i32Const(2), wasm.i32Shl, wasm.i32Add, set(stop));
  return code(locals, findStop, eachBlock, wasm.end);
}

function bandKeysBody(): number[] {
  const [signature, bands, rows, keys, row, key] = [0, 1, 2, 3, 4, 5] as const;
  const locals = wasm.list([
    [1, wasm.i32],
    [1, wasm.i64],
  ]);
  const mixRow = code(
    code(
      get(key),
      get(signature),
      wasm.i64LoadU32,
      wasm.i64Xor,
      wasm.i64Const(0x9e3779b97f4a7c15n),
      wasm.i64Multiply,
      tee(key),
    ),
    code(get(key), wasm.i64Const(32n), wasm.i64ShiftRightUnsigned, wasm.i64Xor, set(key)),
  );
  const eachRow = loop(mixRow, add(signature, 4), countDown(row));
  const eachBand = loop(
    code(wasm.i64Const(0x2545f4914f6cdd1dn), set(key), get(rows), set(row)),
    eachRow,
    code(get(keys), get(key), wasm.i64Store),
    add(keys, 8),
    countDown(bands),
  );
  return code(locals, eachBand, wasm.end);
}

import * as wasm from "../core/assembler.ts";

const { add, code, countDown, get, loop, set } = wasm;

/**
 * Dot products of a query with every row of a matrix, in whole numbers, as a WebAssembly module with 128-bit SIMD:
 *
 *     for each row r: products[r] = sum over i of rows[r][i] * query[i]
 *
 * Rows are 8 bits a number and the query 16, both signed and padded with zeros to whole blocks of
 * {@link numbersPerBlock}; sums are 32 bits. Reading the rows from memory takes most of the time: at 8 bits there is a
 * quarter of what 32-bit floats would be.
 */
export interface DotProductKernel {
  readonly memory: WebAssembly.Memory;
  /** Byte addresses, and how many rows of how many blocks. */
  dotProducts(rows: number, query: number, products: number, rowCount: number, blocks: number): void;
}

/** Sums side by side, so that none waits for the one before it. */
const sumCount = 4;
/** What one instruction multiplies. */
const numbersPerVector = 8;
export const numbersPerBlock = sumCount * numbersPerVector;

let compiled: WebAssembly.Module | undefined;

export function instantiateDotProducts(memoryBytes: number): DotProductKernel {
  compiled ??= new WebAssembly.Module(
    wasm.assembleModule([{ name: "dotProducts", parameters: 5, results: 0, body: dotProductsBody() }]),
  );
  const memory = new WebAssembly.Memory({ initial: Math.ceil(memoryBytes / 65_536) });
  const { exports } = new WebAssembly.Instance(compiled, { js: { memory } });
  return { memory, ...(exports as unknown as Omit<DotProductKernel, "memory">) };
}

function dotProductsBody(): number[] {
  const [row, query, product, rowCount, blocks] = [0, 1, 2, 3, 4] as const;
  const [place, left] = [5, 6] as const;
  const sum = (index: number) => 7 + index;
  const locals = wasm.list([
    [2, wasm.i32],
    [sumCount, wasm.v128],
  ]);
  const forEachSum = (emit: (index: number) => number[]) =>
    Array.from({ length: sumCount }, (_, index) => emit(index)).flat();

  const clearSums = forEachSum((index) => code(wasm.vectorZero, set(sum(index))));
  const addProducts = forEachSum((index) => {
    const first = index * numbersPerVector;
    return code(
      code(get(row), wasm.vectorLoad8SignedAs16(first), get(place), wasm.vectorLoad(2 * first)),
      code(wasm.i32x4DotSigned16, get(sum(index)), wasm.i32x4Add, set(sum(index))),
    );
  });
  const eachBlock = loop(
    addProducts,
    code(add(row, numbersPerBlock), add(place, 2 * numbersPerBlock), countDown(left)),
  );
  const joinSums = code(
    code(get(sum(0)), get(sum(1)), wasm.i32x4Add, get(sum(2)), get(sum(3)), wasm.i32x4Add),
    code(wasm.i32x4Add, set(sum(0))),
  );
  const lane = (index: number) => code(get(sum(0)), wasm.i32x4Lane(index));
  const storeProduct = code(
    code(get(product), lane(0), lane(1), wasm.i32Add, lane(2), lane(3), wasm.i32Add, wasm.i32Add),
    wasm.i32Store(0),
  );
  const eachRow = loop(
    code(clearSums, get(query), set(place), get(blocks), set(left)),
    code(eachBlock, joinSums, storeProduct),
    code(add(product, 4), countDown(rowCount)),
  );
  return code(locals, eachRow, wasm.end);
}

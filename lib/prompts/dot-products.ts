import * as wasm from "../core/assembler.ts";

const { add, code, countDown, get, loop, set } = wasm;

/**
 * Dot products of a query with every row of a matrix, 32-bit floats, as a WebAssembly module with 128-bit SIMD:
 *
 *     for each row r: products[r] = sum over i of rows[r][i] * query[i]
 *
 * Rows and query are padded with zeros to whole blocks of {@link floatsPerBlock}. Reading the rows from memory is what
 * takes the time.
 */
export interface DotProductKernel {
  readonly memory: WebAssembly.Memory;
  /** Byte addresses, and how many rows of how many blocks. */
  dotProducts(rows: number, query: number, products: number, rowCount: number, blocks: number): void;
}

/** Vectors that are summed side by side, so that no sum waits for the one before it. */
const lanesOfSums = 4;
const bytesPerVector = 16;
const bytesPerBlock = lanesOfSums * bytesPerVector;
export const floatsPerBlock = bytesPerBlock / Float32Array.BYTES_PER_ELEMENT;

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
    [lanesOfSums, wasm.v128],
  ]);
  const forEachSum = (emit: (index: number) => number[]) =>
    Array.from({ length: lanesOfSums }, (_, index) => emit(index)).flat();

  const zero = wasm.vector(12, ...Array<number>(bytesPerVector).fill(0));
  const clearSums = forEachSum((index) => code(zero, set(sum(index))));
  const addProducts = forEachSum((index) => {
    const offset = index * bytesPerVector;
    return code(
      code(get(row), wasm.vectorLoad(offset), get(place), wasm.vectorLoad(offset), wasm.f32x4Multiply),
      code(get(sum(index)), wasm.f32x4Add, set(sum(index))),
    );
  });
  const eachBlock = loop(addProducts, add(row, bytesPerBlock), add(place, bytesPerBlock), countDown(left));
  const joinSums = code(
    code(get(sum(0)), get(sum(1)), wasm.f32x4Add, get(sum(2)), get(sum(3)), wasm.f32x4Add),
    code(wasm.f32x4Add, set(sum(0))),
  );
  const lane = (index: number) => code(get(sum(0)), wasm.f32x4Lane(index));
  const storeProduct = code(
    code(get(product), lane(0), lane(1), wasm.f32Add, lane(2), lane(3), wasm.f32Add, wasm.f32Add),
    wasm.f32Store(0),
  );
  const eachRow = loop(
    code(clearSums, get(query), set(place), get(blocks), set(left)),
    code(eachBlock, joinSums, storeProduct),
    code(add(product, Float32Array.BYTES_PER_ELEMENT), countDown(rowCount)),
  );
  return code(locals, eachRow, wasm.end);
}

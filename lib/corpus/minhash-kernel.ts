/**
 * The inner loops of MinHash as a WebAssembly module with 128-bit SIMD, assembled here when it is first needed.
 *
 * In words, with every number 32 bits wide and unsigned:
 *
 *     sign:     for each hash h: signature[h] = min(signature[h], min over values of (value ^ mask[h]) * factor[h])
 *     bandKeys: for each band: key = 64 bits mixed from its rows
 *
 * The masks and factors come in blocks of sixteen hashes, sixteen masks and then sixteen factors, so that a block
 * stays in registers while all values of a document pass.
 */
export interface MinHashKernel {
  readonly memory: WebAssembly.Memory;
  /** All but the counts are byte addresses. */
  sign(values: number, valueCount: number, parameters: number, signature: number, blocks: number): void;
  bandKeys(signature: number, bands: number, rows: number, keys: number): void;
}

/** Hashes that the inner loop computes side by side: four vectors of four. */
export const hashesPerBlock = 16;
const vectorsPerBlock = 4;
const bytesPerVector = 16;

let compiled: WebAssembly.Module | undefined;

export function instantiateKernel(memoryBytes: number): MinHashKernel {
  compiled ??= new WebAssembly.Module(assembleKernel());
  const memory = new WebAssembly.Memory({ initial: Math.ceil(memoryBytes / 65_536) });
  const { exports } = new WebAssembly.Instance(compiled, { js: { memory } });
  return { memory, ...(exports as unknown as Omit<MinHashKernel, "memory">) };
}

// Names as in the WebAssembly specification, section 5.4 (binary format of instructions).
const i32 = 0x7f;
const i64 = 0x7e;
const v128 = 0x7b;
const noResult = 0x40;
const end = [0x0b];
const get = (local: number) => [0x20, ...unsigned(local)];
const set = (local: number) => [0x21, ...unsigned(local)];
const tee = (local: number) => [0x22, ...unsigned(local)];
const i32Const = (value: number) => [0x41, ...signed(BigInt(value))];
const i64Const = (value: bigint) => [0x42, ...signed(BigInt.asIntN(64, value))];
const i32Add = [0x6a];
const i32Sub = [0x6b];
const i32Shl = [0x74];
const i32LessUnsigned = [0x49];
const i64Xor = [0x85];
const i64Multiply = [0x7e];
const i64ShiftRightUnsigned = [0x88];
const i64LoadU32 = [0x35, 2, 0];
const i64Store = [0x37, 3, 0];
const vector = (operation: number, ...immediates: number[]) => [0xfd, ...unsigned(operation), ...immediates];
const vectorLoad = (offset: number) => vector(0, 4, ...unsigned(offset));
const vectorLoadSplat32 = vector(9, 2, 0);
const vectorStore = (offset: number) => vector(11, 4, ...unsigned(offset));
const vectorXor = vector(81);
const i32x4Multiply = vector(181);
const i32x4MinUnsigned = vector(183);

/** Instructions one after the other. */
const code = (...instructions: number[][]) => instructions.flat();
/** Repeat the body while its last value is not zero. */
const loop = (...body: number[][]) => code([0x03, noResult], ...body, [0x0d, 0], end);
const add = (local: number, amount: number) => code(get(local), i32Const(amount), i32Add, set(local));
const countDown = (local: number) => code(get(local), i32Const(1), i32Sub, tee(local));

/** The module's bytes; the same on every machine. */
export function assembleKernel(): Uint8Array<ArrayBuffer> {
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const takes = (parameters: number) => [0x60, parameters, ...Array<number>(parameters).fill(i32), 0];
  const types = list([takes(5), takes(4)]);
  const imports = list([code(text("js"), text("memory"), [2, 0, 1])]);
  const functions = list([[0], [1]]);
  const exports = list([code(text("sign"), [0, 0]), code(text("bandKeys"), [0, 1])]);
  const bodies = list([sized(signBody()), sized(bandKeysBody())]);
  const sections: [number, number[]][] = [
    [1, types],
    [2, imports],
    [3, functions],
    [7, exports],
    [10, bodies],
  ];
  return Uint8Array.from(code(header, ...sections.map(([number, bytes]) => [number, ...sized(bytes)])));
}

function signBody(): number[] {
  const [values, valueCount, parameters, signature, blocks] = [0, 1, 2, 3, 4] as const;
  const [place, stop, value] = [5, 6, 7] as const;
  const mask = (index: number) => 8 + index;
  const factor = (index: number) => 8 + vectorsPerBlock + index;
  const least = (index: number) => 8 + 2 * vectorsPerBlock + index;
  const locals = list([
    [2, i32],
    [1 + 3 * vectorsPerBlock, v128],
  ]);
  const blockBytes = vectorsPerBlock * bytesPerVector;
  const forEachVector = (emit: (index: number, offset: number) => number[]) =>
    Array.from({ length: vectorsPerBlock }, (_, index) => emit(index, index * bytesPerVector)).flat();

  const loadBlock = forEachVector((index, offset) =>
    code(
      code(get(parameters), vectorLoad(offset), set(mask(index))),
      code(get(parameters), vectorLoad(offset + blockBytes), set(factor(index))),
      code(get(signature), vectorLoad(offset), set(least(index))),
    ),
  );
  const takeLeast = forEachVector((index) =>
    code(
      code(get(value), get(mask(index)), vectorXor, get(factor(index)), i32x4Multiply),
      code(get(least(index)), i32x4MinUnsigned, set(least(index))),
    ),
  );
  const storeBlock = forEachVector((index, offset) =>
    code(get(signature), get(least(index)), vectorStore(offset)),
  );
  const eachValue = loop(
    code(get(place), vectorLoadSplat32, set(value)),
    takeLeast,
    code(get(place), i32Const(4), i32Add, tee(place), get(stop), i32LessUnsigned),
  );
  const eachBlock = loop(
    loadBlock,
    code(get(values), set(place)),
    eachValue,
    storeBlock,
    add(parameters, 2 * blockBytes),
    add(signature, blockBytes),
    countDown(blocks),
  );
  const findStop = code(get(values), get(valueCount), i32Const(2), i32Shl, i32Add, set(stop));
  return code(locals, findStop, eachBlock, end);
}

function bandKeysBody(): number[] {
  const [signature, bands, rows, keys, row, key] = [0, 1, 2, 3, 4, 5] as const;
  const locals = list([
    [1, i32],
    [1, i64],
  ]);
  const mixRow = code(
    code(get(key), get(signature), i64LoadU32, i64Xor, i64Const(0x9e3779b97f4a7c15n), i64Multiply, tee(key)),
    code(get(key), i64Const(32n), i64ShiftRightUnsigned, i64Xor, set(key)),
  );
  const eachRow = loop(mixRow, add(signature, 4), countDown(row));
  const eachBand = loop(
    code(i64Const(0x2545f4914f6cdd1dn), set(key), get(rows), set(row)),
    eachRow,
    code(get(keys), get(key), i64Store),
    add(keys, 8),
    countDown(bands),
  );
  return code(locals, eachBand, end);
}

/** LEB128, as the format writes whole numbers. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: bigint): number[] {
  const low = Number(value & 0x7fn);
  const rest = value >> 7n;
  const isLast = (rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40);
  return isLast ? [low] : [low | 0x80, ...signed(rest)];
}

function list(items: number[][]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(bytes: number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

function text(characters: string): number[] {
  return sized([...Buffer.from(characters)]);
}

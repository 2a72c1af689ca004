/** Just enough of an assembler for the inner loops of this project: WebAssembly instructions as lists of bytes. */

// Names as in the WebAssembly specification, section 5.4 (binary format of instructions).
export const i32 = 0x7f;
export const i64 = 0x7e;
export const v128 = 0x7b;
const noResult = 0x40;
export const end = [0x0b];
export const get = (local: number) => [0x20, ...unsigned(local)];
export const set = (local: number) => [0x21, ...unsigned(local)];
export const tee = (local: number) => [0x22, ...unsigned(local)];
export const i32Const = (value: number) => [0x41, ...signed(BigInt(value))];
export const i64Const = (value: bigint) => [0x42, ...signed(BigInt.asIntN(64, value))];
export const i32Add = [0x6a];
export const i32Sub = [0x6b];
export const i32Shl = [0x74];
export const i32LessUnsigned = [0x49];
export const i64Xor = [0x85];
export const i64Multiply = [0x7e];
export const i64ShiftRightUnsigned = [0x88];
export const i64LoadU32 = [0x35, 2, 0];
export const i64Store = [0x37, 3, 0];
const vector = (operation: number, ...immediates: number[]) => [0xfd, ...unsigned(operation), ...immediates];
export const vectorLoad = (offset: number) => vector(0, 4, ...unsigned(offset));
export const vectorLoadSplat32 = vector(9, 2, 0);
export const vectorStore = (offset: number) => vector(11, 4, ...unsigned(offset));
export const i32x4Multiply = vector(181);
export const i32x4MinUnsigned = vector(183);
export const i32x4MaxUnsigned = vector(185);
export const vectorLoad8SignedAs16 = (offset: number) => vector(1, 3, ...unsigned(offset));
export const vectorZero = vector(12, ...Array<number>(16).fill(0));
export const i32x4Lane = (lane: number) => vector(27, lane);
export const i32x4Add = vector(174);
/** Products of neighbouring signed 16-bit numbers, summed in pairs. */
export const i32x4DotSigned16 = vector(186);

export const f64 = 0x7c;
export const block = (...body: number[][]) => code([0x02, noResult], ...body, end);
/** A loop that goes on only where a jump says so: depth 0 from its own level. */
export const openLoop = (...body: number[][]) => code([0x03, noResult], ...body, end);
export const when = (condition: number[], ...body: number[][]) =>
  code(condition, [0x04, noResult], ...body, end);
export const jump = (depth: number) => [0x0c, depth];
export const jumpIf = (depth: number) => [0x0d, depth];
export const giveBack = [0x0f];
export const i32Load = (address: number) => [0x28, 2, ...unsigned(address)];
export const i32Load16 = (address: number) => [0x2f, 1, ...unsigned(address)];
export const i32Store = (address: number) => [0x36, 2, ...unsigned(address)];
export const f64Load = (address: number) => [0x2b, 3, ...unsigned(address)];
export const f64Store = (address: number) => [0x39, 3, ...unsigned(address)];
export const i32IsZero = [0x45];
export const i32Equal = [0x46];
export const i32LessSigned = [0x48];
export const i32GreaterSigned = [0x4a];
export const i32GreaterOrEqualUnsigned = [0x4f];
export const i32Multiply = [0x6c];
export const i32And = [0x71];
export const i32Xor = [0x73];
export const i32ShiftRightUnsigned = [0x76];
export const i64Or = [0x84];
export const i64ShiftLeft = [0x86];
export const i64FromU32 = [0xad];
export const f64FromU64 = [0xba];
export const f64Equal = [0x61];

/** Instructions one after the other. */
export const code = (...instructions: number[][]) => instructions.flat();
/** Repeat the body while its last value is not zero. */
export const loop = (...body: number[][]) => code([0x03, noResult], ...body, [0x0d, 0], end);
export const add = (local: number, amount: number) => code(get(local), i32Const(amount), i32Add, set(local));
export const countDown = (local: number) => code(get(local), i32Const(1), i32Sub, tee(local));

/** A function of a module: 32-bit parameters, at most one 32-bit result. */
export interface AssembledFunction {
  readonly name: string;
  readonly parameters: number;
  readonly results: 0 | 1;
  /** Locals and instructions. */
  readonly body: number[];
}

/** The bytes of a module that imports `js.memory` and exports the functions. */
export function assembleModule(functions: readonly AssembledFunction[]): Uint8Array<ArrayBuffer> {
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const sections: [number, number[]][] = [
    [1, list(functions.map(({ parameters, results }) => [0x60, ...i32s(parameters), ...i32s(results)]))],
    [2, list([code(text("js"), text("memory"), [2, 0, 1])])],
    [3, list(functions.map((_, index) => [index]))],
    [7, list(functions.map(({ name }, index) => [...text(name), 0, index]))],
    [10, list(functions.map(({ body }) => sized(body)))],
  ];
  return Uint8Array.from(code(header, ...sections.map(([number, bytes]) => [number, ...sized(bytes)])));
}

const i32s = (count: number) => [count, ...Array<number>(count).fill(i32)];

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

export function list(items: number[][]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(bytes: number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

function text(characters: string): number[] {
  return sized([...Buffer.from(characters)]);
}

/** Bytes of an array of numbers. */
export function bytesOf({ buffer, byteOffset, byteLength }: NodeJS.TypedArray<ArrayBuffer>): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

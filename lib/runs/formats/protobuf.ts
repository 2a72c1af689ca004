/** One field of a protobuf message: bytes of a text, a message or packed numbers, or the number itself. */
export type ProtobufField =
  | { readonly field: number; readonly type: "varint"; readonly value: bigint }
  | { readonly field: number; readonly type: "bytes"; readonly value: Uint8Array }
  | { readonly field: number; readonly type: "fixed64" | "fixed32"; readonly value: DataView };

/**
 * The fields of a protobuf message in their order, by the wire format alone.
 *
 * @throws {RangeError} the message is cut short, or no message
 *
 * @example
 * [...protobufFields(Uint8Array.of(0x08, 0x96, 0x01))] //=> [{ field: 1, type: "varint", value: 150n }]
 */
export function* protobufFields(bytes: Uint8Array): Generator<ProtobufField> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError("a number of more than ten bytes");
  };
  const take = (length: number): DataView => {
    at += length;
    return new DataView(bytes.buffer, bytes.byteOffset + at - length, lengthWithin(length, at));
  };
  const lengthWithin = (length: number, end: number): number => {
    if (end > bytes.byteLength) throw new RangeError("a field that goes beyond its message");
    return length;
  };
  while (at < bytes.byteLength) {
    const key = varint();
    const field = Number(key >> 3n);
    switch (Number(key & 7n)) {
      case 0:
        yield { field, type: "varint", value: varint() };
        break;
      case 1:
        yield { field, type: "fixed64", value: take(8) };
        break;
      case 2: {
        const { buffer, byteOffset, byteLength } = take(Number(varint()));
        yield { field, type: "bytes", value: new Uint8Array(buffer, byteOffset, byteLength) };
        break;
      }
      case 5:
        yield { field, type: "fixed32", value: take(4) };
        break;
      default:
        throw new RangeError(`a field of the unknown wire type ${key & 7n}`);
    }
  }
}

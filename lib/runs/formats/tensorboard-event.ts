import { protobufFields, type ProtobufField } from "./protobuf.ts";

/** The scalars of one TensorBoard event; none where it holds only other things. */
export interface TensorboardEvent {
  /** Seconds since 1970. */
  readonly time: number;
  readonly step: number;
  readonly scalars: Readonly<Record<string, number>>;
}

/**
 * Read tensorflow.Event: scalars in either form, those of TensorFlow 2 and what came before it.
 *
 * Pictures, histograms and texts are passed over.
 *
 * @throws {RangeError} the bytes are no such message
 */
export function parseTensorboardEvent(bytes: Uint8Array): TensorboardEvent {
  let [time, step] = [NaN, 0];
  const scalars: Record<string, number> = {};
  for (const field of protobufFields(bytes)) {
    if (field.field === 1 && field.type === "fixed64") time = field.value.getFloat64(0, true);
    if (field.field === 2 && field.type === "varint") step = Number(BigInt.asIntN(64, field.value));
    if (field.field === 5 && field.type === "bytes") Object.assign(scalars, summaryScalars(field.value));
  }
  return { time, step, scalars };
}

function summaryScalars(summary: Uint8Array): Record<string, number> {
  const scalars: Record<string, number> = {};
  for (const field of protobufFields(summary)) {
    if (field.field !== 1 || field.type !== "bytes") continue;
    const { tag, value } = summaryValue(field.value);
    if (value !== undefined) scalars[tag] = value;
  }
  return scalars;
}

function summaryValue(bytes: Uint8Array): { tag: string; value: number | undefined } {
  let tag = "";
  let value: number | undefined;
  for (const field of protobufFields(bytes)) {
    if (field.field === 1 && field.type === "bytes") tag = Buffer.from(field.value).toString("utf8");
    if (field.field === 2 && field.type === "fixed32") value = field.value.getFloat32(0, true);
    if (field.field === 8 && field.type === "bytes") value = scalarOfTensor(field.value);
  }
  return { tag, value };
}

/** tensorflow.DataType */
const [float32, float64] = [1, 2];

/** The number of a tensor that has no dimensions; undefined for any other tensor. */
function scalarOfTensor(tensor: Uint8Array): number | undefined {
  let dataType = 0;
  let hasDimensions = false;
  let value: number | undefined;
  for (const field of protobufFields(tensor)) {
    if (field.field === 1 && field.type === "varint") dataType = Number(field.value);
    if (field.field === 2 && field.type === "bytes")
      hasDimensions = [...protobufFields(field.value)].some((each) => each.field === 2);
    if (field.field === 4 && field.type === "bytes") value = numberOfBytes(field.value, dataType);
    if (field.field === 5) value = numberOfField(field, float32);
    if (field.field === 6) value = numberOfField(field, float64);
  }
  return hasDimensions || (dataType !== float32 && dataType !== float64) ? undefined : value;
}

/** Repeated numbers come packed or one by one. */
function numberOfField(field: ProtobufField, dataType: number): number | undefined {
  if (field.type === "bytes") return numberOfBytes(field.value, dataType);
  if (field.type === "fixed32") return field.value.getFloat32(0, true);
  return field.type === "fixed64" ? field.value.getFloat64(0, true) : undefined;
}

function numberOfBytes(bytes: Uint8Array, dataType: number): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (dataType === float32 && bytes.length === 4) return view.getFloat32(0, true);
  return dataType === float64 && bytes.length === 8 ? view.getFloat64(0, true) : undefined;
}

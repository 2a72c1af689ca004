/** Small SentencePiece models for tests, as Protocol Buffers. */

/** Text, score and type of a piece. */
export type TestPiece = readonly [text: string, score: number, type: keyof typeof pieceTypes];

const pieceTypes = { normal: 1, unknown: 2, control: 3, "user-defined": 4, unused: 5, byte: 6 } as const;

export interface TestModelFields {
  readonly modelType?: number;
  readonly endTokenId?: number;
  readonly removeExtraWhitespaces?: boolean;
}

export function sentencePieceModel(
  pieces: readonly TestPiece[],
  { modelType = 2, endTokenId = 2, removeExtraWhitespaces = false }: TestModelFields,
): Uint8Array {
  const trainer = [integer(3, modelType), integer(35, 1), integer(41, 1), integer(42, endTokenId)];
  return Buffer.concat([
    ...pieces.map(([text, score, type]) =>
      bytes(1, Buffer.concat([bytes(1, Buffer.from(text)), float(2, score), integer(3, pieceTypes[type])])),
    ),
    bytes(2, Buffer.concat(trainer)),
    bytes(3, Buffer.concat([integer(3, 1), integer(4, Number(removeExtraWhitespaces)), integer(5, 1)])),
  ]);
}

function variable(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...variable(Math.floor(value / 128))];
}

function integer(field: number, value: number): Buffer {
  return Buffer.from([...variable(field * 8), ...variable(value)]);
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([...variable(field * 8 + 2), ...variable(value.length)]), value]);
}

function float(field: number, value: number): Buffer {
  const encoded = Buffer.alloc(4);
  encoded.writeFloatLE(value);
  return Buffer.concat([Buffer.from(variable(field * 8 + 5)), encoded]);
}

const [quote, comma, backslash] = [0x22, 0x2c, 0x5c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Where the value of a property of a JSON object is: bytes [start, end) of its line.
 *
 * So a value can be replaced and every other byte stays: numbers that no double can hold, spaces, the order of names.
 * Of a name that comes twice the last counts, as for `JSON.parse`.
 *
 * @param line an object that `JSON.parse` accepts
 * @returns nothing when no property has the name
 *
 * @example
 * jsonValueRange(Buffer.from('{"id": 1.0, "text": "a"}'), "text") //=> { start: 20, end: 23 }
 */
export function jsonValueRange(line: Uint8Array, name: string): { start: number; end: number } | undefined {
  let found: { start: number; end: number } | undefined;
  let place = skipSpace(line, skipSpace(line, 0) + 1);
  while (line[place] !== closeBrace) {
    const nameEnd = skipString(line, place);
    const isNamed = JSON.parse(Buffer.from(line.subarray(place, nameEnd)).toString()) === name;
    const start = skipSpace(line, skipSpace(line, nameEnd) + 1);
    const end = skipValue(line, start);
    if (isNamed) found = { start, end };
    place = skipSpace(line, end);
    if (line[place] === comma) place = skipSpace(line, place + 1);
  }
  return found;
}

function skipSpace(line: Uint8Array, from: number): number {
  let place = from;
  while (line[place] === 0x20 || line[place] === 0x09 || line[place] === 0x0a || line[place] === 0x0d)
    place++;
  return place;
}

function skipString(line: Uint8Array, from: number): number {
  let place = from + 1;
  while (line[place] !== quote) place += line[place] === backslash ? 2 : 1;
  return place + 1;
}

function skipValue(line: Uint8Array, from: number): number {
  if (line[from] === quote) return skipString(line, from);
  let depth = 0;
  for (let place = from; ;) {
    const byte = line[place]!;
    if (byte === quote) {
      place = skipString(line, place);
      continue;
    }
    if (byte === openBrace || byte === openBracket) depth++;
    else if (byte === closeBrace || byte === closeBracket) {
      // The object's own end follows a number or a word.
      if (depth === 0) return place;
      if (--depth === 0) return place + 1;
    } else if (depth === 0 && (byte === comma || byte <= 0x20)) return place;
    place++;
  }
}

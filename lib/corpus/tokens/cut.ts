/** A pattern in which `\s` is Unicode's white space, as it is to the tokenizers library; JavaScript's own differs. */
export function unicodePattern(source: string): RegExp {
  const unicodeSpace = source.replaceAll("\\s", "\\p{White_Space}").replaceAll("\\S", "\\P{White_Space}");
  return new RegExp(unicodeSpace, "gu");
}

/** The pattern of a tokenizer.json in JavaScript; undefined where it would mean something else. */
export function portablePattern(source: string): RegExp | undefined {
  // Here these would mean ASCII alone, or other places.
  if (/\\[bBdDwWhHAzZG]|\[\[:|&&/u.test(source)) return undefined;
  try {
    return unicodePattern(source);
  } catch {
    return undefined;
  }
}

/** Matches, and what lies between them, pattern after pattern. */
export function* cut(text: string, patterns: readonly RegExp[]): Generator<string, void, void> {
  const [first, ...rest] = patterns;
  if (first === undefined) {
    if (text !== "") yield text;
    return;
  }
  let end = 0;
  first.lastIndex = 0;
  for (let match = first.exec(text); match !== null; match = first.exec(text)) {
    const { index } = match;
    const segment = match[0];
    if (segment === "") {
      first.lastIndex++;
      continue;
    }
    if (index > end) yield* cut(text.slice(end, index), rest);
    if (rest.length === 0) yield segment;
    else yield* cut(segment, rest);
    end = index + segment.length;
    // A nested cut may have used the same expression.
    first.lastIndex = end;
  }
  if (end < text.length) yield* cut(text.slice(end), rest);
}

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

/** Call back for each match of the patterns and for what lies between; a later pattern cuts what an earlier one gave. */
export function cut(
  text: string,
  patterns: readonly RegExp[],
  onSegment: (segment: string) => void,
  from = 0,
): void {
  const pattern = patterns[from];
  if (pattern === undefined) {
    if (text !== "") onSegment(text);
    return;
  }
  const isLast = from + 1 === patterns.length;
  const give = (segment: string): void => {
    if (isLast) onSegment(segment);
    else cut(segment, patterns, onSegment, from + 1);
  };
  let end = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const { index } = match;
    const segment = match[0];
    if (segment === "") {
      pattern.lastIndex++;
      continue;
    }
    if (index > end) give(text.slice(end, index));
    give(segment);
    end = index + segment.length;
  }
  if (end < text.length) give(text.slice(end));
}

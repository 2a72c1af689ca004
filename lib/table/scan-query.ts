/** A place in a query where a value goes. */
export interface Placeholder {
  readonly start: number;
  readonly end: number;
  /** What follows the `$`; undefined for `?`. */
  readonly name: string | undefined;
}

/** Everything in which `?` and `$` mean something else, then the placeholders themselves. */
const token = new RegExp(
  [
    /[eE]'(?:[^'\\]|\\[\s\S]|'')*'/, // escape string
    /'(?:[^']|'')*'/,
    /"(?:[^"]|"")*"/,
    /--[^\n]*/,
    /\/\*[\s\S]*?\*\//,
    /\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?\$\1\$/, // dollar-quoted string
    /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/,
    /(?<placeholder>\?|\$(?<name>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*|\d+))/,
    /(?<semicolon>;)/,
    /(?<space>\s+)/,
    /[\s\S]/,
  ]
    .map((each) => each.source)
    .join("|"),
  "gy",
);

/**
 * Find the placeholders of a query outside its strings, quoted names and comments, and where it ends.
 *
 * `end` leaves out a closing semicolon, and any comment or space after the last word.
 */
export function scanQuery(query: string): { placeholders: Placeholder[]; end: number } {
  const placeholders: Placeholder[] = [];
  let end = 0;
  for (const match of query.matchAll(token)) {
    const { placeholder, name, semicolon, space } = match.groups ?? {};
    const matchEnd = match.index + match[0].length;
    if (placeholder !== undefined) placeholders.push({ start: match.index, end: matchEnd, name });
    const isBlank = semicolon !== undefined || space !== undefined || /^(?:--|\/\*)/.test(match[0]);
    if (!isBlank) end = matchEnd;
  }
  return { placeholders, end };
}

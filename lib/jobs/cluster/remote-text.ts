/**
 * Text that came from a cluster, for one line of an error, a table or a file: without control characters, and short.
 *
 * @example
 * remoteText("bad\u001b[31m\nnews") //=> "bad [31m news"
 */
export function remoteText(text: string, maximumCharacters = 500): string {
  const line = text
    .slice(0, 4 * maximumCharacters)
    .replaceAll(/\s*[\p{Cc}\p{Cf}\u2028\u2029]+\s*/gu, " ")
    .trim();
  return line.length <= maximumCharacters ? line : `${line.slice(0, maximumCharacters)}…`;
}

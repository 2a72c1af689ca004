/**
 * A text as one word of a POSIX shell, whatever is in it.
 *
 * @example
 * shellWord("it's $HOME") //=> "'it'\\''s $HOME'"
 */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

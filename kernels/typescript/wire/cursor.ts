/**
 * Index into a JavaScript string for a position that the protocol counts in Unicode code points.
 *
 * @example
 * utf16Index("𝒳.y", 2) //=> 3
 */
export function utf16Index(text: string, codePoints: number): number {
  let index = 0;
  for (let count = 0; count < codePoints && index < text.length; count += 1) {
    index += text.codePointAt(index)! > 0xffff ? 2 : 1;
  }
  return index;
}

/**
 * The reverse: code points before an index of a JavaScript string.
 *
 * @example
 * unicodeIndex("𝒳.y", 3) //=> 2
 */
export function unicodeIndex(text: string, utf16: number): number {
  let count = 0;
  for (let index = 0; index < utf16 && index < text.length; count += 1) {
    index += text.codePointAt(index)! > 0xffff ? 2 : 1;
  }
  return count;
}

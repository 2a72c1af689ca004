/** Line and column, from 1, of an offset in UTF-16 units. */
export function lineAndColumn(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

/**
 * A line of a source with its neighbours and a caret under the column.
 *
 * @param place.width number of characters to mark, 1 when not given; never past the end of the line
 */
export function codeFrame(
  source: string,
  label: string,
  place: { line: number; column: number; width?: number },
): string {
  const { line, column, width = 1 } = place;
  const lines = source.split("\n");
  const first = Math.max(1, line - 1);
  const last = Math.min(lines.length, line + 1);
  const digits = String(last).length;
  const rows = [`${label}, line ${line}:`];
  // A long line is shown around the column.
  const skipped = Math.max(0, column - 100);
  for (let number = first; number <= last; number++) {
    const text = (lines[number - 1] ?? "").slice(skipped, skipped + 160);
    const mark = number === line ? ">" : " ";
    rows.push(`${mark} ${String(number).padStart(digits)} | ${text}`.trimEnd());
    if (number !== line) continue;
    const indent = text.slice(0, column - 1 - skipped).replace(/[^\t]/g, " ");
    const carets = "^".repeat(Math.max(1, Math.min(width, text.length - indent.length)));
    rows.push(`  ${" ".repeat(digits)} | ${indent}${carets}`);
  }
  return rows.join("\n");
}

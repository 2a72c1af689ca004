/** A question for documentation: `name?`, or `name??` for more of it. */
export interface HelpQuery {
  readonly expression: string;
  readonly detailLevel: 0 | 1;
}

/**
 * Read a cell that is such a question; no TypeScript program ends with a question mark.
 *
 * @example
 * parseHelpQuery("Math.max?") //=> { expression: "Math.max", detailLevel: 0 }
 * parseHelpQuery("a ? b : c") //=> undefined
 */
export function parseHelpQuery(code: string): HelpQuery | undefined {
  const [, expression, marks] = /^\s*([\p{ID_Start}$_][\p{ID_Continue}$_.]*)(\?\??)\s*$/u.exec(code) ?? [];
  if (expression === undefined || marks === undefined) return undefined;
  return { expression, detailLevel: marks.length === 2 ? 1 : 0 };
}

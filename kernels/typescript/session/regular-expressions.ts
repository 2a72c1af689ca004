import { Visitor, parseSync } from "oxc-parser";

import { CellSyntaxError } from "./cell-syntax-error.ts";

/**
 * The first regular expression of a cell that the engine refuses, as an error with its place.
 *
 * The parser leaves this check to the engine, which does not say where in the cell it failed.
 */
export function findBrokenRegularExpression(source: string, fileName: string): CellSyntaxError | undefined {
  let found: CellSyntaxError | undefined;
  const { program } = parseSync("cell.ts", source, { lang: "ts", sourceType: "module" });
  const visitor = new Visitor({
    Literal(node) {
      if (found || !("regex" in node)) return;
      try {
        void new RegExp(node.regex.pattern, node.regex.flags);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        found = new CellSyntaxError(message, { source, fileName, start: node.start, end: node.end });
      }
    },
  });
  visitor.visit(program);
  return found;
}

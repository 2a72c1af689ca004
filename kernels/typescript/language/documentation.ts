import type { Declaration, Node, Symbol as TypeScriptSymbol } from "typescript6";
import { ts } from "./typescript.ts";

/** The text of the JSDoc comment that belongs to a symbol, without its stars; undefined when it has none. */
export function documentationOf(symbol: TypeScriptSymbol | undefined): string | undefined {
  for (const declaration of symbol?.declarations ?? []) {
    const text = documentationBefore(declaration);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** The comment before a declaration: the program keeps the text of its files, and parses no comments. */
export function documentationBefore(declaration: Declaration): string | undefined {
  const node = commentedNode(declaration);
  const text = node.getSourceFile().text;
  const comment = ts
    .getLeadingCommentRanges(text, node.pos)
    ?.findLast(({ pos }) => text.startsWith("/**", pos));
  if (comment === undefined) return undefined;
  const lines = text.slice(comment.pos + 3, comment.end - 2).split("\n");
  const cleaned = lines.map((line) => line.replace(/^\s*\*? ?/, "").trimEnd()).join("\n");
  return cleaned.trim() || undefined;
}

function commentedNode(declaration: Declaration): Node {
  if (!ts.isVariableDeclaration(declaration)) return declaration;
  const { parent } = declaration;
  return ts.isVariableDeclarationList(parent) && ts.isVariableStatement(parent.parent)
    ? parent.parent
    : declaration;
}

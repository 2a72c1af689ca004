import { parseSync } from "oxc-parser";
import type { Comment, Node } from "oxc-parser";

import { refuseDeepNesting } from "./nesting.ts";

/** How a source declares a name. */
export interface Declaration {
  /** The declaration up to its body, types included: `function f(a: number): string`. */
  readonly signature: string;
  /** The text of the `/** ... *\/` comment before it, without its stars. */
  readonly documentation: string | undefined;
}

/** Find how a TypeScript source declares a top-level name; the last declaration counts. */
export function findDeclaration(source: string, name: string): Declaration | undefined {
  if (!source.includes(name)) return undefined;
  try {
    refuseDeepNesting(source, "cell.ts");
  } catch {
    return undefined;
  }
  const { program, comments } = parseSync("cell.ts", source, { lang: "ts", sourceType: "module" });
  let found: Declaration | undefined;
  for (const statement of program.body) {
    const node =
      statement.type === "ExportNamedDeclaration" || statement.type === "ExportDefaultDeclaration"
        ? statement.declaration
        : statement;
    const signature = node && signatureOf(node, name, source);
    if (signature === undefined || signature === null) continue;
    found = {
      signature: signature.trim(),
      documentation: documentationBefore(statement.start, source, comments),
    };
  }
  return found;
}

function signatureOf(node: Node, name: string, source: string): string | undefined {
  if (node.type === "VariableDeclaration") {
    for (const { id, init, start, end } of node.declarations) {
      if (id.type !== "Identifier" || id.name !== name) continue;
      const isFunction = init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression";
      const stop =
        isFunction && init.body ? init.body.start : id.typeAnnotation ? id.typeAnnotation.end : id.end;
      return `${node.kind} ${source.slice(start, isFunction ? stop : Math.min(stop, end)).replace(/\s*=>\s*$/, "")}`;
    }
    return undefined;
  }
  if (!("id" in node) || node.id?.type !== "Identifier" || node.id.name !== name) return undefined;
  if (node.type === "TSTypeAliasDeclaration" || node.type === "TSInterfaceDeclaration") {
    return source.slice(node.start, node.end);
  }
  const body = "body" in node && node.body ? (node.body as { start: number }) : undefined;
  return source.slice(node.start, body?.start ?? node.end);
}

function documentationBefore(
  start: number,
  source: string,
  comments: readonly Comment[],
): string | undefined {
  const comment = comments.findLast(({ end }) => end <= start && source.slice(end, start).trim() === "");
  if (comment?.type !== "Block" || !comment.value.startsWith("*")) return undefined;
  const lines = comment.value.slice(1).split("\n");
  return lines
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
    .join("\n")
    .trim();
}

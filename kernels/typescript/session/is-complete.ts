import { transformSync } from "oxc-transform";

import { refuseDeepNesting } from "./nesting.ts";

/** The answer to Jupyter's is_complete_request. */
export interface Completeness {
  readonly status: "complete" | "incomplete" | "invalid" | "unknown";
  /** With "incomplete": white space to begin the next line with. */
  readonly indent?: string;
}

/**
 * Whether a source is a whole cell, as the parser sees it.
 *
 * It is incomplete when the parser only misses text at its end: an open bracket, template or comment, or an
 * operator without its right side.
 */
export function isComplete(source: string): Completeness {
  try {
    refuseDeepNesting(source, "cell.ts");
  } catch {
    return { status: "invalid" };
  }
  const { errors } = transformSync("cell.ts", source, { lang: "ts", sourceType: "module" });
  const problem = errors.find(({ severity }) => severity === "Error");
  if (!problem) return { status: "complete" };
  const end = source.trimEnd().length;
  const opened = source[problem.labels[0]?.start ?? 0];
  const isOpen =
    problem.message === "Unterminated multiline comment" ||
    (problem.message.startsWith("Unterminated") && (opened === "`" || opened === "}")) ||
    problem.labels.some(({ start }) => start >= end);
  return isOpen ? { status: "incomplete", indent: nextIndent(source) } : { status: "invalid" };
}

function nextIndent(source: string): string {
  const last = source.split("\n").findLast((line) => line.trim() !== "") ?? "";
  const indent = /^\s*/.exec(last)?.[0] ?? "";
  return /[{([]\s*$|=>\s*$/.test(last) ? `${indent}  ` : indent;
}

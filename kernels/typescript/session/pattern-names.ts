import type { Node } from "oxc-parser";

/** The names that a declaration's target declares: `a`, `b` and `c` of `{ a, x: [b, ...c] }`. */
export function* patternNames(node: Node): Generator<string> {
  switch (node.type) {
    case "Identifier":
      yield node.name;
      return;
    case "ArrayPattern":
      for (const element of node.elements) if (element) yield* patternNames(element);
      return;
    case "ObjectPattern":
      for (const property of node.properties) {
        yield* patternNames(property.type === "Property" ? property.value : property.argument);
      }
      return;
    case "AssignmentPattern":
      yield* patternNames(node.left);
      return;
    case "RestElement":
      yield* patternNames(node.argument);
  }
}

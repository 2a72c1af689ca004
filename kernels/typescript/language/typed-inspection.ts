import type { Node, QuickInfo, SignatureHelpItems } from "typescript6";
import { type Inspection, inspectionOf } from "../session/inspection.ts";
import type { CellModule } from "./cell-module.ts";
import { documentationBefore, documentationOf } from "./documentation.ts";
import type { NotebookProgram } from "./notebook-program.ts";
import { readableType } from "./readable-type.ts";
import { ts } from "./typescript.ts";

export interface TypedInspectionQuery {
  readonly source: string;
  /** In UTF-16 units. */
  readonly cursor: number;
  readonly module: CellModule;
}

/** The name at the cursor with its type, else the signature of the call whose arguments are being written. */
export function typedInspection(
  program: NotebookProgram,
  query: TypedInspectionQuery,
): Inspection | undefined {
  const { source, cursor, module } = query;
  const touchesName = /[\p{ID_Continue}$]/u;
  const at = touchesName.test(source[cursor] ?? "") ? cursor : cursor - 1;
  if (touchesName.test(source[at] ?? "")) {
    const found = program.service.getQuickInfoAtPosition(program.cellPath, module.sourceStart + at);
    if (found !== undefined) return describeName(program, found);
  }
  const position = module.sourceStart + cursor;
  const signatures = program.service.getSignatureHelpItems(program.cellPath, position, undefined);
  return signatures && describeCall(program, signatures);
}

function describeName(program: NotebookProgram, info: QuickInfo): Inspection | undefined {
  const signature = ts
    .displayPartsToString(info.displayParts)
    .replace(/^\(alias\) |\n(?:import|export) .*$/g, "");
  // The value itself says more.
  if (/: any$|^any$/.test(signature)) return undefined;
  return inspectionOf({
    signature: readableType(signature),
    documentation: documentationAt(program, info.textSpan.start),
  });
}

function describeCall(
  program: NotebookProgram,
  { items, selectedItemIndex, argumentIndex, applicableSpan }: SignatureHelpItems,
): Inspection {
  const lines = items.map((item, index) => {
    const parameters = item.parameters.map(({ displayParts }, place) => {
      const text = ts.displayPartsToString(displayParts);
      return index === selectedItemIndex && place === argumentIndex ? `/* here: */ ${text}` : text;
    });
    const separator = ts.displayPartsToString(item.separatorDisplayParts);
    const before = ts.displayPartsToString(item.prefixDisplayParts);
    return before + parameters.join(separator) + ts.displayPartsToString(item.suffixDisplayParts);
  });
  const selected = lines.splice(selectedItemIndex, 1);
  const documentation = documentationOfCall(program, applicableSpan.start - 1);
  return inspectionOf({
    signature: [...selected, ...lines].slice(0, 10).map(readableType).join("\n"),
    documentation,
  });
}

function documentationAt(program: NotebookProgram, position: number): string | undefined {
  const node = nodeAt(program, position);
  const checker = program.program.getTypeChecker();
  const symbol = checker.getSymbolAtLocation(node);
  if (symbol === undefined) return undefined;
  const aliased = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return documentationOf(aliased) ?? documentationOf(symbol);
}

function documentationOfCall(program: NotebookProgram, position: number): string | undefined {
  let node: Node | undefined = nodeAt(program, position);
  while (node !== undefined && !(ts.isCallExpression(node) || ts.isNewExpression(node))) node = node.parent;
  if (node === undefined) return undefined;
  const declaration = program.program.getTypeChecker().getResolvedSignature(node)?.declaration;
  const ofOverload =
    declaration && documentationBefore(declaration as Parameters<typeof documentationBefore>[0]);
  return ofOverload ?? documentationAt(program, node.expression.end - 1);
}

/** The innermost node of the cell that holds a position. */
function nodeAt(program: NotebookProgram, position: number): Node {
  let found: Node = program.cellFile;
  for (;;) {
    const inner: Node | undefined = ts.forEachChild(found, (child) =>
      child.pos <= position && position < child.end ? child : undefined,
    );
    if (inner === undefined) return found;
    found = inner;
  }
}

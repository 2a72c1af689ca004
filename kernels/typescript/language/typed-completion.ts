import type { CompletionEntry, CompletionInfo, Symbol as TypeScriptSymbol } from "typescript6";
import type { Completion, CompletionItem } from "../session/complete.ts";
import type { CellModule, NameKind } from "./cell-module.ts";
import { documentationOf } from "./documentation.ts";
import type { NotebookProgram } from "./notebook-program.ts";
import { readableType } from "./readable-type.ts";
import { ts } from "./typescript.ts";

/** Entries whose signature and documentation are sent along, and the time that may take. */
const MAXIMUM_DETAILED = 60;
const DETAIL_MILLISECONDS = 8;

export interface TypedCompletionQuery {
  readonly source: string;
  /** In UTF-16 units. */
  readonly cursor: number;
  readonly module: CellModule;
  /** What the notebook has declared so far. */
  readonly names: ReadonlyMap<string, { readonly kind: NameKind }>;
}

/** Complete by types: members, names, columns in strings, names inside an import. */
export function typedCompletion(
  program: NotebookProgram,
  { source, cursor, module, names }: TypedCompletionQuery,
): Completion | undefined {
  const position = module.sourceStart + cursor;
  const info = program.service.getCompletionsAtPosition(program.cellPath, position, {
    includeSymbol: true,
  });
  if (info === undefined || (info.isNewIdentifierLocation && info.entries.length === 0)) return undefined;
  const start = startOf(info, { source, cursor, module });
  const prefix = source.slice(start, cursor);
  const entries = info.entries.filter(
    ({ name, kind }) => name.startsWith(prefix) && kind !== ts.ScriptElementKind.warning,
  );
  const until = performance.now() + DETAIL_MILLISECONDS;
  const items = entries
    .toSorted((a, b) => compare(a.sortText, b.sortText))
    .map((entry): CompletionItem => {
      const item = { text: entry.name, type: kindOf(entry), start, end: cursor };
      const hasTime = entries.length <= MAXIMUM_DETAILED && performance.now() < until;
      return hasTime ? { ...item, ...details(entry, program) } : item;
    });
  const isInString = /["'`]/.test(source[start - 1] ?? "");
  if (info.isGlobalCompletion && !isInString) addNotebookNames(items, { names, prefix, start, end: cursor });
  if (items.length === 0) return undefined;
  return {
    matches: items.map(({ text }) => text),
    cursorStart: start,
    cursorEnd: cursor,
    metadata: { _jupyter_types_experimental: items },
  };
}

function startOf(
  info: CompletionInfo,
  query: Pick<TypedCompletionQuery, "source" | "cursor" | "module">,
): number {
  const { source, cursor, module } = query;
  const span =
    info.optionalReplacementSpan ?? info.entries.find((entry) => entry.replacementSpan)?.replacementSpan;
  const spanStart = span && span.start - module.sourceStart;
  if (spanStart !== undefined && spanStart >= 0 && spanStart <= cursor) return spanStart;
  return cursor - /[\p{ID_Continue}$\u200c\u200d]*$/u.exec(source.slice(0, cursor))![0].length;
}

/** Names of earlier cells come before Node's; the cell at hand imports only those that it uses. */
function addNotebookNames(
  items: CompletionItem[],
  options: { names: TypedCompletionQuery["names"]; prefix: string; start: number; end: number },
): void {
  const { names, prefix, start, end } = options;
  const known = new Set(items.map(({ text }) => text));
  const added: CompletionItem[] = [];
  for (const [text, { kind }] of names) {
    if (text.startsWith(prefix) && !known.has(text))
      added.push({ text, type: jupyterKinds[kind] ?? kind, start, end });
  }
  items.unshift(...added.toReversed());
}

/** What a list can show of an entry: its type, and what is written about it. */
function details({ name, symbol }: CompletionEntry, program: NotebookProgram): Partial<CompletionItem> {
  if (symbol === undefined) return {};
  const checker = program.program.getTypeChecker();
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const documentation = documentationOf(target) ?? documentationOf(symbol);
  const known = {
    ...(symbol !== target && { type: kindOfSymbol(target) }),
    ...(documentation !== undefined && { documentation }),
  };
  if (!(target.flags & ts.SymbolFlags.Value)) return known;
  const type = checker.getTypeOfSymbolAtLocation(target, program.cellFile);
  const [call, ...others] = type.getCallSignatures();
  const signature =
    call === undefined
      ? `${name}: ${checker.typeToString(type)}`
      : `${name}${checker.signatureToString(call)}${others.length > 0 ? ` (+${others.length})` : ""}`;
  return { ...known, signature: readableType(signature) };
}

/** What an import stands for. */
function kindOfSymbol({ flags }: TypeScriptSymbol): string {
  if (flags & ts.SymbolFlags.Function) return "function";
  if (flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Enum)) return "class";
  if (flags & ts.SymbolFlags.Variable) return "instance";
  return flags & ts.SymbolFlags.Type ? "interface" : "module";
}

/** TypeScript's kinds in the words that Jupyter's front ends have icons for. */
const jupyterKinds: Readonly<Record<string, string>> = {
  const: "instance",
  let: "instance",
  var: "instance",
  parameter: "instance",
  "local var": "instance",
  "local function": "function",
  method: "function",
  construct: "function",
  property: "property",
  getter: "property",
  setter: "property",
  "JSX attribute": "property",
  "enum member": "property",
  type: "interface",
  enum: "class",
  namespace: "module",
  alias: "module",
  import: "module",
  string: "text",
};

function kindOf({ kind }: CompletionEntry): string {
  return jupyterKinds[kind] ?? kind;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

import { isInText, pathBefore } from "./expression-at.ts";
import type { Found } from "./live-values.ts";
import { kindOfValue, membersOf, readProperty } from "./live-values.ts";
import { completeSpecifier } from "./specifiers.ts";
import type { SpecifierFolders } from "./specifiers.ts";

/** The answer to Jupyter's complete_request, with places in UTF-16 units. */
export interface Completion {
  readonly matches: string[];
  readonly cursorStart: number;
  readonly cursorEnd: number;
  readonly metadata: { readonly _jupyter_types_experimental?: readonly CompletionItem[] };
}

/** One match in the form that front ends take of a kernel. */
export interface CompletionItem {
  readonly text: string;
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly signature?: string;
  readonly documentation?: string;
}

/** What completion and inspection ask about the notebook. */
export interface NotebookScope {
  /** Names that cells declare. */
  names(): Iterable<string>;
  /** The value of a name now, global ones included. */
  lookUp(name: string): Found;
  /** The notebook's folder. */
  readonly directory: string;
  readonly projectRoot: string;
}

const keywords = (
  "abstract any as async await boolean break case catch class const continue debugger declare default delete " +
  "do else enum export extends false finally for from function if implements import in instanceof interface " +
  "keyof let namespace never new null number object of private protected public readonly return satisfies " +
  "static string super switch symbol this throw true try type typeof undefined unknown using var void while yield"
).split(" ");

const declared =
  /\b(?:const|let|var|function\*?|class|enum|interface|type|namespace)\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu;

/** Complete the name or import specifier before the cursor from what is alive in the notebook. */
export function complete(source: string, cursorUtf16: number, scope: NotebookScope): Completion {
  const cursor = Math.max(0, Math.min(cursorUtf16, source.length));
  const nothing = { matches: [], cursorStart: cursor, cursorEnd: cursor, metadata: {} };
  const imported = completeImport(source, cursor, scope);
  if (imported !== undefined) return imported;
  if (isInText(source, cursor)) return nothing;
  const path = pathBefore(source, cursor);
  if (!path) return nothing;
  if (path.isMember) {
    const holder = resolvePath(path.holders, scope);
    if (!holder) return nothing;
    const members = membersOf(holder.value, path.name).filter(({ name }) => isIdentifier(name));
    return answer(
      members.map(({ name, kind }) => [name, kind]),
      path.start,
      cursor,
    );
  }
  const items = new Map<string, string>();
  for (const [, name = ""] of source.matchAll(declared)) if (name !== path.name) items.set(name, "instance");
  for (const name of scope.names()) items.set(name, kindOfName(scope.lookUp(name)));
  for (const word of keywords) items.set(word, "keyword");
  for (const { name, kind } of membersOf(globalThis, path.name)) if (!items.has(name)) items.set(name, kind);
  const matching = [...items].filter(([name]) => name.startsWith(path.name));
  return answer(matching, path.start, cursor);
}

/** Complete the specifier of an import; undefined when the cursor is in none. */
export function completeImport(
  source: string,
  cursor: number,
  folders: SpecifierFolders,
): Completion | undefined {
  const specifier = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(["'])([^"'\n]*)$/.exec(
    source.slice(0, cursor),
  )?.[2];
  if (specifier === undefined) return undefined;
  const items = completeSpecifier(specifier, folders).map((text): [string, string] => [text, "module"]);
  return answer(items, cursor - specifier.length, cursor);
}

/** Follow a path of names through live values. */
export function resolvePath(names: readonly string[], scope: NotebookScope): Found {
  const [first, ...rest] = names;
  if (first === undefined) return undefined;
  let found: Found = first === "globalThis" ? { value: globalThis } : scope.lookUp(first);
  for (const name of rest) found = found && readProperty(found.value, name);
  return found;
}

function kindOfName(found: Found): string {
  const kind = found ? kindOfValue(found.value) : "instance";
  return kind === "property" ? "instance" : kind;
}

function isIdentifier(name: string): boolean {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(name);
}

function answer(items: readonly (readonly [string, string])[], start: number, end: number): Completion {
  return {
    matches: items.map(([text]) => text),
    cursorStart: start,
    cursorEnd: end,
    metadata: { _jupyter_types_experimental: items.map(([text, type]) => ({ text, type, start, end })) },
  };
}

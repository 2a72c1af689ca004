import { createRequire } from "node:module";
import { join, relative, sep } from "node:path";
import type typescript from "typescript6";
import type {
  Declaration,
  JSDocTag,
  Node,
  Symbol as TypeScriptSymbol,
  SymbolDisplayPart,
  TypeChecker,
} from "typescript6";
import { projectRoot } from "../../setup/paths.mjs";

const ts = createRequire(import.meta.url)("typescript6") as typeof typescript;

/** A name that `rounds` exports, as its reference shows it. */
export interface PublicName {
  readonly name: string;
  /** Folder of lib/ in which it is declared. */
  readonly room: string;
  /** Its file, from the project's folder. */
  readonly path: string;
  readonly kind: "function" | "class" | "value" | "type";
  /** What the doc comment says before its tags, as markdown; `{@link X}` is kept. */
  readonly text: string;
  readonly tags: readonly { readonly name: string; readonly text: string }[];
  /** The declaration without bodies, private members and what only the compiler reads. */
  readonly signature: string;
  /** Other public names in the signature, and in the tags and text by `{@link X}`. */
  readonly mentions: readonly string[];
  /** Functions and classes that mention it: who takes an options type. */
  readonly users: readonly string[];
}

/** All names that lib/index.ts exports, by name. */
export function readPublicNames(): PublicName[] {
  const { checker, exported } = compile();
  const published = new Set(exported.map(({ name }) => name));
  const names = exported
    .map((symbol) => describe(symbol, checker, published))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return names.map((each) => ({ ...each, users: usersOf(each.name, names) }));
}

function compile() {
  const { config } = ts.readConfigFile(join(projectRoot, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, projectRoot);
  const index = join(projectRoot, "lib", "index.ts");
  const program = ts.createProgram([index], options);
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(index)!)!;
  return { checker, exported: checker.getExportsOfModule(module) };
}

function usersOf(type: string, names: readonly Omit<PublicName, "users">[]): string[] {
  return names
    .filter(({ kind, mentions }) => kind !== "type" && mentions.includes(type))
    .map(({ name }) => name);
}

function describe(
  exported: TypeScriptSymbol,
  checker: TypeChecker,
  published: ReadonlySet<string>,
): Omit<PublicName, "users"> {
  const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
  const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
  const declarations = symbol.declarations ?? [];
  const path = relative(projectRoot, declarations[0]!.getSourceFile().fileName).split(sep).join("/");
  const text = textOf(symbol.getDocumentationComment(checker));
  const tags = symbol.getJsDocTags(checker).map((tag) => ({ name: tag.name, text: textOf(tag.text ?? []) }));
  const linked = [text, ...tags.map((tag) => tag.text)]
    .flatMap((part) => [...part.matchAll(/\{@link (\w+)/gu)])
    .map(([, name]) => name!);
  const mentioned = new Set([...declarations.flatMap(namesIn), ...linked]);
  return {
    name: exported.name,
    room: path.split("/")[1]!,
    path,
    kind: isTypeOnly(exported) ? "type" : kindOf(symbol),
    text,
    tags,
    signature: signatureOf(symbol, declarations, checker),
    mentions: [...mentioned].filter((name) => name !== exported.name && published.has(name)).toSorted(),
  };
}

/** Whether `export type` gives a class's name without its value. */
function isTypeOnly({ declarations = [] }: TypeScriptSymbol): boolean {
  return declarations.some(
    (node) => ts.isExportSpecifier(node) && ts.isTypeOnlyImportOrExportDeclaration(node),
  );
}

function kindOf({ flags }: TypeScriptSymbol): PublicName["kind"] {
  if (flags & ts.SymbolFlags.Function) return "function";
  if (flags & ts.SymbolFlags.Class) return "class";
  return flags & ts.SymbolFlags.Variable ? "value" : "type";
}

function signatureOf(
  symbol: TypeScriptSymbol,
  declarations: readonly Declaration[],
  checker: TypeChecker,
): string {
  const typeOf = (node: Declaration): string =>
    checker.typeToString(
      checker.getTypeAtLocation(node),
      node,
      ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope,
    );
  const overloads = declarations.filter((each) => ts.isFunctionDeclaration(each) && each.body === undefined);
  const shown = overloads.length > 0 ? overloads : declarations;
  return shown
    .map((node) => {
      if (ts.isFunctionDeclaration(node)) return withoutBody(node, checker);
      if (ts.isVariableDeclaration(node))
        return `const ${symbol.name}: ${node.type?.getText() ?? typeOf(node)};`;
      if (ts.isClassDeclaration(node)) return classOutline(node, checker);
      if (ts.isTypeAliasDeclaration(node) && /\btypeof\b/u.test(node.type.getText()))
        return `type ${symbol.name} = ${expanded(node, checker)};`;
      return withoutExport(node.getText());
    })
    .join("\n");
}

/** What a type made from a list or a table of values comes to. */
function expanded(node: typescript.TypeAliasDeclaration, checker: TypeChecker): string {
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias;
  return checker.typeToString(checker.getTypeAtLocation(node), node, flags);
}

function withoutExport(code: string): string {
  return code.replace(/^export (?:default )?(?:async )?/u, "");
}

/** A function or method up to its body, with the type that it returns. */
function withoutBody(
  node: typescript.FunctionDeclaration | typescript.MethodDeclaration,
  checker: TypeChecker,
): string {
  const { body } = node;
  if (body === undefined) return withoutExport(node.getText()).replace(/;?$/u, ";");
  const file = node.getSourceFile();
  const head = file.text.slice(node.getStart(), body.getStart()).trim();
  const returned = checker.getReturnTypeOfSignature(checker.getSignatureFromDeclaration(node)!);
  const type = node.type === undefined ? `: ${checker.typeToString(returned, node)}` : "";
  return `${withoutExport(head)
    .replace(/^((?:static )?)async /u, "$1")
    .replace("function* ", "function ")}${type};`;
}

function classOutline(node: typescript.ClassDeclaration, checker: TypeChecker): string {
  const file = node.getSourceFile();
  const head = file.text.slice(node.getStart(), node.members.pos).trim();
  const members = node.members.filter(isPublic).flatMap((member) => {
    const comment = ts.getJSDocCommentsAndTags(member).findLast(ts.isJSDoc)?.getText();
    const code = memberText(member, checker);
    if (code === undefined) return [];
    return [`${comment === undefined ? "" : `  ${comment}\n`}  ${code}`];
  });
  return `${withoutExport(head)}\n${members.join("\n\n")}\n}`;
}

function memberText(member: typescript.ClassElement, checker: TypeChecker): string | undefined {
  if (ts.isMethodDeclaration(member)) return withoutBody(member, checker);
  if (ts.isGetAccessor(member)) {
    const type = member.type?.getText() ?? checker.typeToString(checker.getTypeAtLocation(member), member);
    return `readonly ${member.name.getText()}: ${type};`;
  }
  if (ts.isPropertyDeclaration(member)) {
    const type = member.type?.getText() ?? checker.typeToString(checker.getTypeAtLocation(member), member);
    const modifiers = member.modifiers?.map((each) => `${each.getText()} `).join("") ?? "";
    return `${modifiers}${member.name.getText()}: ${type};`;
  }
  return undefined;
}

/** What a reader may use: neither private nor internal nor named by a symbol of this project. */
function isPublic(member: typescript.ClassElement): boolean {
  if (ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected))
    return false;
  if (ts.getJSDocTags(member).some((tag: JSDocTag) => tag.tagName.text === "internal")) return false;
  if (member.name === undefined || ts.isPrivateIdentifier(member.name)) return false;
  return !ts.isComputedPropertyName(member.name) || member.name.getText().startsWith("[Symbol.");
}

function textOf(parts: readonly SymbolDisplayPart[]): string {
  return ts.displayPartsToString([...parts]).trim();
}

function namesIn(node: Node): string[] {
  if (ts.isIdentifier(node)) return [node.text];
  // A body is no part of what is shown.
  if (ts.isBlock(node)) return [];
  const names: string[] = [];
  ts.forEachChild(node, (child) => void names.push(...namesIn(child)));
  return names;
}

import type { Diagnostic, DiagnosticMessageChain, Node, TypeChecker } from "typescript6";
import { lineAndColumn } from "../session/code-frame.ts";
import { nearestNames } from "../session/nearest-names.ts";
import type { CellModule, NameKind } from "./cell-module.ts";
import type { TypeWarning } from "./messages.ts";
import { readableType } from "./readable-type.ts";
import { ts } from "./typescript.ts";

const MAXIMUM_WARNINGS = 10;
const MAXIMUM_CHARACTERS = 300;

/** A value that may be null or undefined: a column may hold nulls, and running says where it matters. */
const possiblyNothing = [18047, 18048, 18049, 2531, 2532, 2533];
/** Complaints about types that are left out, which is how notebooks are written. */
const noise = new Set([
  7005,
  7006,
  7008,
  7010,
  7011,
  7016,
  7017,
  7018,
  7019,
  7023,
  7024,
  7031,
  7034,
  7041,
  // An import that nothing but the cell's own header could have made clash.
  2440,
  ...possiblyNothing,
]);
/** A name that does not exist, a module that is not there: running the cell says it. */
const toldByRunning = new Set([2304, 2307, 2552, 2503, 2792, 18004]);
const INDEX_IMPLICITLY_ANY = 7053;
const ASSIGNS_TO_IMPORT = 2632;

export interface WarningOptions {
  /** `Cell [3]` */
  readonly label: string;
  readonly source: string;
  readonly module: CellModule;
  readonly checker: TypeChecker;
  /** How an earlier cell declares a name. */
  readonly kindOf: (name: string) => NameKind | undefined;
}

/** Type errors of a cell, one line each; those outside of its own source and those that are noise left out. */
export function typeWarnings(diagnostics: readonly Diagnostic[], options: WarningOptions): TypeWarning[] {
  const { label, source, module } = options;
  const warnings: TypeWarning[] = [];
  for (const diagnostic of diagnostics) {
    const { start, code, category } = diagnostic;
    if (category !== ts.DiagnosticCategory.Error || start === undefined) continue;
    if (start < module.sourceStart || start >= module.sourceEnd || isNoise(diagnostic, options)) continue;
    const { line, column } = lineAndColumn(source, start - module.sourceStart);
    const tip = misspeltHint(diagnostic, options.checker);
    const text = `${label}:${line}:${column} warning TS${code}: ${messageOf(diagnostic)}${tip}`;
    warnings.push({ text, isToldByRunning: toldByRunning.has(code) });
  }
  if (warnings.length <= MAXIMUM_WARNINGS) return warnings;
  const more = `${label}: ${warnings.length - MAXIMUM_WARNINGS} more warnings`;
  return [...warnings.slice(0, MAXIMUM_WARNINGS), { text: more, isToldByRunning: false }];
}

function isNoise(diagnostic: Diagnostic, { kindOf }: WarningOptions): boolean {
  const { code, start, length, file } = diagnostic;
  if (noise.has(code)) return true;
  const text = file?.text.slice(start, (start ?? 0) + (length ?? 0)) ?? "";
  const kind = kindOf(text);
  // A variable of an earlier cell is an import to the compiler, but can be assigned.
  if (code === ASSIGNS_TO_IMPORT) return kind === "let" || kind === "var";
  if (isAboutValuesOfData(diagnostic)) return true;
  // `row["yaer"]` is a mistake, `counts[word]` is not.
  return code === INDEX_IMPLICITLY_ANY && !/["'`]\s*\]?$/.test(text);
}

const OPERATOR_NOT_APPLICABLE = 2365;
const NOT_ASSIGNABLE =
  /^(?:Argument of type|Type) '(.+)' is not assignable to (?:parameter of )?type '(.+)'\.$/su;
/** What a column's values may be besides what they are meant to be. */
const besides = new Set(["null", "bigint"]);

/** A null among a column's values, or a whole number too large for `number`: possible, and seldom what matters. */
function isAboutValuesOfData({ code, messageText }: Diagnostic): boolean {
  const text = typeof messageText === "string" ? messageText : messageText.messageText;
  if (code === OPERATOR_NOT_APPLICABLE) return /'number \| bigint(?: \| null)?'/u.test(text);
  const [, given, expected] = NOT_ASSIGNABLE.exec(text) ?? [];
  if (given === undefined || expected === undefined) return false;
  const meant = given.split(" | ").filter((type) => !besides.has(type));
  const taken = new Set(expected.split(" | "));
  return meant.length > 0 && meant.every((type) => taken.has(type));
}

function messageOf({ messageText, code }: Diagnostic): string {
  const texts = typeof messageText === "string" ? [messageText] : chainTexts(messageText);
  const text = readableType(texts.join(" ")).replaceAll(/\s+/g, " ");
  const told =
    code === ASSIGNS_TO_IMPORT
      ? text.replace("it is an import", "an earlier cell declares it as a constant")
      : text;
  return told.length <= MAXIMUM_CHARACTERS ? told : `${told.slice(0, MAXIMUM_CHARACTERS)}…`;
}

/** The first message, and the innermost of its reasons. */
function chainTexts(chain: DiagnosticMessageChain): string[] {
  let last = chain;
  while (last.next?.[0] !== undefined) last = last.next[0];
  if (last === chain) return [chain.messageText];
  return chain.code === INDEX_IMPLICITLY_ANY ? [last.messageText] : [chain.messageText, last.messageText];
}

/** The compiler knows a letter too many or too few, not two that were swapped. */
function misspeltHint({ file, start, length, messageText }: Diagnostic, checker: TypeChecker): string {
  if (file === undefined || start === undefined || length === undefined) return "";
  const message = typeof messageText === "string" ? messageText : messageText.messageText;
  if (message.includes("Did you mean")) return "";
  const written = file.text.slice(start, start + length);
  const name = /["'`]([^"'`]*)["'`]\]?$/u.exec(written)?.[1] ?? written;
  const place = { start, end: start + length };
  const [nearest] = nearestNames(name, namesExpectedAt(file, place, checker, message));
  return nearest === undefined ? "" : ` Did you mean '${nearest}'?`;
}

function namesExpectedAt(
  file: Node,
  { start, end }: { start: number; end: number },
  checker: TypeChecker,
  message: string,
): string[] {
  let node: Node | undefined = file;
  let holder: Node | undefined;
  while (node !== undefined) {
    if (ts.isPropertyAccessExpression(node) && node.name.getStart() === start) holder = node.expression;
    if (ts.isElementAccessExpression(node) && node.end === end) holder = node.expression;
    node = ts.forEachChild(node, (child) => (child.pos <= start && start < child.end ? child : undefined));
  }
  if (holder !== undefined)
    return checker
      .getTypeAtLocation(holder)
      .getProperties()
      .map(({ name }) => name);
  const expected = /parameter of type '(.*)'\.$/s.exec(message)?.[1] ?? "";
  return [...expected.matchAll(/"([^"]*)"/g)].map(([, name]) => name!);
}

import { CellSyntaxError } from "./cell-syntax-error.ts";

const MAXIMUM_DEPTH = 500;
/** Operators of one expression, each of which may nest the syntax tree a level deeper. */
const MAXIMUM_OPERATORS = 5_000;

/**
 * Refuse code that is nested so deeply that the parser would overflow the native stack, which ends the process.
 *
 * Only programs write such code. What stands in a regular expression counts too.
 *
 * @throws {@link CellSyntaxError}
 */
export function refuseDeepNesting(source: string, fileName: string): void {
  if (source.length < MAXIMUM_DEPTH) return;
  /** Of each open bracket: the operators before it, and whether it leads back into a template. */
  const open: { operators: number; isOfTemplate: boolean }[] = [];
  let operators = 0;
  for (let index = 0; index < source.length; index += 1) {
    const character = source[index]!;
    switch (character) {
      case "'":
      case '"':
        index = endOfString(source, index, character);
        break;
      case "(":
      case "[":
      case "{":
        open.push({ operators, isOfTemplate: false });
        operators = 0;
        break;
      case ")":
      case "]":
      case "}":
      case "`": {
        const closed = character === "`" ? { operators, isOfTemplate: true } : open.pop();
        operators = closed?.operators ?? 0;
        if (closed?.isOfTemplate !== true) break;
        index = endOfTemplateText(source, index);
        if (source[index] === "{") open.push({ operators, isOfTemplate: true });
        break;
      }
      case ";":
      case ",":
        operators = 0;
        break;
      case "/": {
        const next = source[index + 1];
        if (next === "/") index = placeOf("\n", source, index);
        else if (next === "*") index = placeOf("*/", source, index + 2) + 1;
        else operators += 1;
        break;
      }
      // The operator of unions, which are flat, is "|" alone.
      case "|":
        if (source[index + 1] === "|") operators += 1;
        break;
      default:
        if ("-+*%&^!~?:.=<>".includes(character)) operators += 1;
    }
    if (open.length > MAXIMUM_DEPTH || operators > MAXIMUM_OPERATORS) {
      throw tooDeep({ source, fileName, start: index, end: index + 1 });
    }
  }
}

function placeOf(text: string, source: string, from: number): number {
  const found = source.indexOf(text, from);
  return found < 0 ? source.length : found;
}

/** The closing quote, or the end of the line. */
function endOfString(source: string, start: number, quote: string): number {
  let index = start + 1;
  while (index < source.length && source[index] !== quote && source[index] !== "\n") {
    index += source[index] === "\\" ? 2 : 1;
  }
  return index;
}

/** The closing backtick, or the bracket of a `${`. */
function endOfTemplateText(source: string, start: number): number {
  let index = start + 1;
  while (index < source.length && source[index] !== "`") {
    if (source[index] === "$" && source[index + 1] === "{") return index + 1;
    index += source[index] === "\\" ? 2 : 1;
  }
  return index;
}

/** The error for code that is nested too deeply, here or in what reads it. */
export function tooDeep(place: ConstructorParameters<typeof CellSyntaxError>[1]): CellSyntaxError {
  return new CellSyntaxError(
    "the code is nested too deeply; data belongs in a file, or in an array that is joined",
    place,
  );
}

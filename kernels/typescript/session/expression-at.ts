/** A path of names in a source, such as `table.columns.length`; keys are not evaluated. */
export interface NamePath {
  /** Names from the first to the one before the last. */
  readonly holders: readonly string[];
  /** The last name, or its part before the cursor. */
  readonly name: string;
  /** Where `name` begins, in UTF-16 units. */
  readonly start: number;
  /** True after `.`, where only members of `holders` make sense. */
  readonly isMember: boolean;
  /** Where the whole path begins. */
  readonly pathStart: number;
}

const identifier = "[\\p{ID_Start}$_][\\p{ID_Continue}$\\u200c\\u200d]*";
const nameAtEnd = new RegExp(`(?:${identifier})?$`, "u");
const holderAtEnd = new RegExp(
  `(?:(${identifier})|\\[\\s*(\\d+)\\s*\\]|\\[\\s*"([^"\\\\]*)"\\s*\\]|\\[\\s*'([^'\\\\]*)'\\s*\\])!?\\s*$`,
  "u",
);
const nameAtStart = new RegExp(`^[\\p{ID_Continue}$\\u200c\\u200d]*`, "u");

/**
 * The path of names that ends at a place in a source.
 *
 * @returns undefined after a member access on something that is not a path: a call, a literal
 */
export function pathBefore(source: string, cursor: number): NamePath | undefined {
  const name = nameAtEnd.exec(source.slice(0, cursor))?.[0] ?? "";
  const start = cursor - name.length;
  const holders: string[] = [];
  let end = start;
  let needsName = false;
  for (;;) {
    const before = source.slice(0, end);
    if (!needsName) {
      const dot = /(?<!\.)\??\.\s*$/.exec(before);
      if (!dot || before.endsWith("..")) break;
      end = dot.index;
      needsName = true;
      continue;
    }
    const holder = holderAtEnd.exec(before);
    if (!holder) return undefined;
    const [, word, index, double, single] = holder;
    holders.unshift(word ?? index ?? double ?? single ?? "");
    end = holder.index;
    // `a[0]` continues to the left without a dot.
    needsName = word === undefined;
  }
  return { holders, name, start, isMember: holders.length > 0, pathStart: end };
}

/** The path of names that the cursor touches, whole; else the function whose arguments are being written. */
export function pathAround(source: string, cursor: number): NamePath | undefined {
  const rest = nameAtStart.exec(source.slice(cursor))?.[0] ?? "";
  const path = pathBefore(source, cursor + rest.length);
  if (path && path.name !== "") return path;
  let depth = 0;
  for (let index = cursor - 1; index >= 0; index--) {
    const character = source[index];
    if (character === ")" || character === "]" || character === "}") depth++;
    else if (character === "(" || character === "[" || character === "{") {
      if (depth === 0) {
        const called = character === "(" ? pathBefore(source, index) : undefined;
        return called && called.name !== "" ? called : undefined;
      }
      depth--;
    }
  }
  return undefined;
}

/** Whether a place is inside a string, a comment or the text of a template. */
export function isInText(source: string, cursor: number): boolean {
  // What closes the region that the place is in; "}" is the code inside a template.
  const open: string[] = [];
  for (let index = 0; index < cursor; index++) {
    const character = source[index] ?? "";
    const region = open.at(-1);
    const two = character + (source[index + 1] ?? "");
    if (region === undefined || region === "}" || region === "{") {
      if (two === "//") open.push("\n");
      else if (two === "/*") open.push("*/");
      else if (`"'\``.includes(character)) open.push(character);
      else if (character === "{") open.push("{");
      else if (character === "}") open.pop();
      continue;
    }
    if (region === "`" && two === "${") {
      open.push("}");
      index++;
    } else if (character === "\\" && region !== "\n" && region !== "*/") index++;
    else if (region === "*/" ? two === region : character === region) {
      open.pop();
      if (region === "*/") index++;
    } else if (character === "\n" && `"'`.includes(region)) open.pop();
  }
  const region = open.at(-1);
  return region !== undefined && region !== "{" && region !== "}";
}

import type { Debugger } from "node:inspector";

import type { Frame } from "./call-stack.ts";

/** Variables that a front end shows together. */
export interface Scope {
  readonly name: "Locals" | "Closure" | "Module";
  /** Objects with the variables, the innermost first. */
  readonly objects: readonly VariablesObject[];
}

/** Variables as properties of one object of the engine's. */
export interface VariablesObject {
  readonly objectId: string;
  /** Whether a name is not the user's variable. */
  readonly isHidden: (name: string) => boolean;
}

const NAMES: Partial<Record<Debugger.Scope["type"], Scope["name"]>> = {
  block: "Locals",
  catch: "Locals",
  with: "Locals",
  eval: "Locals",
  local: "Locals",
  closure: "Closure",
  module: "Module",
};

/**
 * The variables that a call sees, besides the notebook's: its own, those of the functions around it, the module's.
 *
 * What stands after the call's own function belongs to the functions around it.
 */
export async function scopesOf({ call, script }: Frame): Promise<Scope[]> {
  const scopes: { name: Scope["name"]; objects: VariablesObject[] }[] = [];
  const { prefix, declarations = [] } = (await script.code()) ?? {};
  const isHelper = (name: string): boolean => prefix !== undefined && name.startsWith(prefix);
  // The function around a cell has its functions as variables; they are the notebook's.
  const isOfCell = (name: string): boolean => isHelper(name) || declarations.includes(name);
  let isAround = false;
  for (const { type, object, startLocation } of call?.scopeChain ?? []) {
    const kind = NAMES[type];
    const { objectId } = object;
    if (kind === undefined || objectId === undefined) continue;
    const name = isAround && kind === "Locals" ? "Closure" : kind;
    if (type === "local") isAround = true;
    const isWholeCell = prefix !== undefined && startLocation?.lineNumber === 0;
    const variables = { objectId, isHidden: isWholeCell ? isOfCell : isHelper };
    const scope = scopes.find((candidate) => candidate.name === name);
    if (scope === undefined) scopes.push({ name, objects: [variables] });
    else scope.objects.push(variables);
  }
  return scopes;
}

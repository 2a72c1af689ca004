import { types } from "node:util";

import type { Found } from "./live-values.ts";
import { nearestNames } from "./nearest-names.ts";
import { placeInCell } from "./stack-trace.ts";

/** What a hint asks about the notebook. */
export interface HintScope {
  names(): Iterable<string>;
  lookUp(name: string): Found;
}

const methodsOfCollections = /\)\.(map|filter|forEach|slice|find|reduce|some|every|at|length|json|text)\b/;

/** What to do about an error that notebooks often meet: a missing `await`, a misspelt name, a missing package. */
export function errorHint(error: Error, scope: HintScope): string | undefined {
  const { message } = error;
  const code = "code" in error ? String(error.code) : "";
  if (/^ERR_REQUIRE_(ESM|ASYNC_MODULE)$/.test(code)) {
    return 'it is an ES module: use import, or const module = await import("...")';
  }
  if (/^(ERR_)?MODULE_NOT_FOUND$/.test(code)) return missingPackage(message);
  if (message.startsWith("require is not defined")) {
    return "this file is an ES module: use import, or createRequire of node:module";
  }
  if (error instanceof ReferenceError) {
    const name = /^(\S+) is not defined$/.exec(message)?.[1];
    return name === undefined ? undefined : misspeltName(name, scope);
  }
  if (!(error instanceof TypeError)) return undefined;
  if (message === "Assignment to constant variable.") {
    return "an earlier cell or line declared it with const; declare it with let there, or anew in this cell";
  }
  return missingAwait(error, scope);
}

function misspeltName(name: string, scope: HintScope): string | undefined {
  const names = [...scope.names(), ...Object.getOwnPropertyNames(globalThis)];
  const near = nearestNames(name, names);
  return near.length === 0 ? undefined : `did you mean ${near.join(" or ")}?`;
}

function missingPackage(message: string): string | undefined {
  const specifier = /^Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1];
  if (specifier === undefined || /^[./]|^file:/.test(specifier)) return undefined;
  const [scopeOrName = "", name = ""] = specifier.split("/");
  const packageName = scopeOrName.startsWith("@") ? `${scopeOrName}/${name}` : scopeOrName;
  return `run await kernel.install("${packageName}"), then this cell again`;
}

/** A member of a promise was used, as if it were what the promise will give. */
function missingAwait(error: TypeError, scope: HintScope): string | undefined {
  const place = placeInCell(error);
  const line = place?.position && place.cell.source.split("\n")[place.position.line - 1];
  if (line === undefined) return undefined;
  for (const [, awaited, name = ""] of line.matchAll(
    /(\bawait\s+)?(?<![\w$.])([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu,
  )) {
    if (awaited === undefined && types.isPromise(scope.lookUp(name)?.value)) {
      return `${name} is a promise: await it, as in (await ${name})`;
    }
  }
  const looksAwaitable = /\bis not (a function|iterable)|of undefined/.test(error.message);
  return looksAwaitable && methodsOfCollections.test(line) && !/\bawait\b/.test(line)
    ? "if the call gives a promise, await it first: (await call(...)).member"
    : undefined;
}

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";
import { transformSync } from "oxc-transform";
import type { HelperMode } from "oxc-transform";

import { CellSyntaxError } from "./cell-syntax-error.ts";
import { addModuleMap } from "./source-position.ts";

const importsByContent = new Map<string, string[]>();

/** A hash that changes when a local file changes, or one that it imports by a relative path, at any depth. */
export function contentVersion(filePath: string): string {
  const hashes = new Map<string, string>();
  addHashes(filePath, hashes);
  const entries = [...hashes].map(([file, hash]) => `${file}\0${hash}`).sort();
  return createHash("sha256").update(entries.join("\n")).digest("hex").slice(0, 12);
}

function addHashes(filePath: string, hashes: Map<string, string>): void {
  if (hashes.has(filePath)) return;
  let source: string;
  try {
    source = readFileSync(filePath, "utf8");
  } catch {
    return; // The import itself will say that there is no such file.
  }
  const hash = createHash("sha256").update(source).digest("hex");
  hashes.set(filePath, hash);
  if (filePath.endsWith(".json")) return;
  let imports = importsByContent.get(hash);
  if (!imports) {
    imports = relativeImports(filePath, source);
    importsByContent.set(hash, imports);
  }
  for (const specifier of imports) {
    const target = existingFile(path.resolve(path.dirname(filePath), specifier));
    if (target) addHashes(target, hashes);
  }
}

function relativeImports(filePath: string, source: string): string[] {
  const { module } = parseSync(filePath, source);
  const exported = module.staticExports.flatMap(({ entries }) =>
    entries.map((entry) => entry.moduleRequest?.value),
  );
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) =>
    source.slice(start, end).replaceAll(/^["'`]|["'`]$/g, ""),
  );
  const all = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...exported,
    ...dynamic,
  ];
  return all.filter((specifier) => specifier !== undefined && /^\.\.?\//.test(specifier)) as string[];
}

function existingFile(filePath: string): string | undefined {
  const candidates = [
    filePath,
    `${filePath}.ts`,
    filePath.replace(/\.(m?)js$/, ".$1ts"),
    `${filePath}/index.ts`,
  ];
  return candidates.find((candidate) => /\.(m?ts|json)$/.test(candidate) && existsSync(candidate));
}

/**
 * Load a local TypeScript file as JavaScript: enums, namespaces, parameter properties and decorators too.
 *
 * @param declaredFormat what Node takes the file for by its ending and its package; without one, its syntax decides
 * @throws {@link CellSyntaxError} the file is not valid TypeScript
 */
export function loadTypeScript(
  url: string,
  declaredFormat: string | null | undefined,
): { format: string; source: string } {
  const filePath = fileURLToPath(url.replace(/\?.*$/, ""));
  const source = readFileSync(filePath, "utf8");
  const isCommonJs = declaredFormat ? declaredFormat.startsWith("commonjs") : usesCommonJs(filePath, source);
  const { code, errors, map, helpersUsed } = transformSync(filePath, source, {
    lang: "ts",
    sourceType: isCommonJs ? "commonjs" : "module",
    sourcemap: true,
    target: "esnext",
    helpers: { mode: "External" as HelperMode },
    decorator: { legacy: true },
  });
  const problem = errors.find(({ severity }) => severity === "Error");
  if (problem) throw CellSyntaxError.from(problem, source, path.relative(process.cwd(), filePath));
  if (map) addModuleMap(isCommonJs ? filePath : url, JSON.stringify(map));
  const format = isCommonJs ? "commonjs" : "module";
  if (Object.keys(helpersUsed).length === 0) return { format, source: code };
  // Imports may stand last, so that no line moves.
  const helpers = new URL("decorate.ts", import.meta.url).href;
  return isCommonJs
    ? { format, source: `const babelHelpers = require(${JSON.stringify(fileURLToPath(helpers))}); ${code}` }
    : { format, source: `${code}\nimport * as babelHelpers from ${JSON.stringify(helpers)};` };
}

function usesCommonJs(filePath: string, source: string): boolean {
  if (filePath.endsWith(".cts")) return true;
  if (filePath.endsWith(".mts")) return false;
  return (
    !parseSync(filePath, source).module.hasModuleSyntax &&
    /\b(module\.exports|exports\.|require\()/.test(source)
  );
}

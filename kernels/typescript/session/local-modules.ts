import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";
import { transformSync } from "oxc-transform";
import type { HelperMode } from "oxc-transform";

import { CellSyntaxError } from "./cell-syntax-error.ts";
import { findModuleCell, moduleCellSource } from "./module-cells.ts";
import { refuseDeepNesting } from "./nesting.ts";
import { addModuleMap, MAPPED_CODE } from "./source-position.ts";

interface KnownFile {
  readonly modifiedMs: number;
  readonly sizeBytes: number;
  /** Whether the time stamp tells later edits apart: it does not while it is as young as its own precision. */
  readonly isSettled: boolean;
  readonly hash: string;
  readonly imports: readonly string[];
}

const knownFiles = new Map<string, KnownFile>();
const timestampPrecisionMs = 2_000;

/** A hash that changes when a local file changes, or one that it imports by a relative path, at any depth. */
export function contentVersion(filePath: string): string {
  const hashes = new Map<string, string>();
  addHashes(filePath, hashes);
  const entries = [...hashes].map(([file, hash]) => `${file}\0${hash}`).sort();
  return createHash("sha256").update(entries.join("\n")).digest("hex").slice(0, 12);
}

function addHashes(filePath: string, hashes: Map<string, string>): void {
  if (hashes.has(filePath)) return;
  const file = readKnownFile(filePath);
  if (!file) return; // The import itself will say that there is no such file.
  hashes.set(filePath, file.hash);
  for (const specifier of file.imports) {
    const target = existingFile(path.resolve(path.dirname(filePath), specifier));
    if (target) addHashes(target, hashes);
  }
}

function readKnownFile(filePath: string): KnownFile | undefined {
  const cell = moduleCellSource(filePath);
  if (cell !== undefined)
    return { ...knownNow(filePath, cell), isSettled: true, modifiedMs: 0, sizeBytes: 0 };
  const { mtimeMs: modifiedMs, size: sizeBytes } = statSync(filePath, { throwIfNoEntry: false }) ?? {};
  if (modifiedMs === undefined || sizeBytes === undefined) return undefined;
  const known = knownFiles.get(filePath);
  if (known?.isSettled && known.modifiedMs === modifiedMs && known.sizeBytes === sizeBytes) return known;
  const file: KnownFile = {
    modifiedMs,
    sizeBytes,
    isSettled: Date.now() - modifiedMs > timestampPrecisionMs,
    ...knownNow(filePath, readFileSync(filePath, "utf8"), known),
  };
  knownFiles.set(filePath, file);
  return file;
}

function knownNow(filePath: string, source: string, known?: KnownFile): Pick<KnownFile, "hash" | "imports"> {
  const hash = createHash("sha256").update(source).digest("hex");
  return { hash, imports: known?.hash === hash ? known.imports : relativeImports(filePath, source) };
}

function relativeImports(filePath: string, source: string): string[] {
  if (filePath.endsWith(".json")) return [];
  refuseDeepNesting(source, path.relative(process.cwd(), filePath));
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
  const cell = findModuleCell(filePath);
  if (cell !== undefined) return cell;
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
  const source = moduleCellSource(filePath) ?? readFileSync(filePath, "utf8");
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
  if (map) addModuleMap(isCommonJs ? filePath : url, JSON.stringify(map), source);
  const format = isCommonJs ? "commonjs" : "module";
  if (Object.keys(helpersUsed).length === 0) return { format, source: `${code}\n${MAPPED_CODE}` };
  // Imports may stand last, so that no line moves.
  const helpers = new URL("decorate.ts", import.meta.url).href;
  return isCommonJs
    ? {
        format,
        source: `const babelHelpers = require(${JSON.stringify(fileURLToPath(helpers))}); ${code}\n${MAPPED_CODE}`,
      }
    : {
        format,
        source: `${code}\nimport * as babelHelpers from ${JSON.stringify(helpers)};\n${MAPPED_CODE}`,
      };
}

function usesCommonJs(filePath: string, source: string): boolean {
  if (filePath.endsWith(".cts")) return true;
  if (filePath.endsWith(".mts")) return false;
  return (
    !parseSync(filePath, source).module.hasModuleSyntax &&
    /\b(module\.exports|exports\.|require\()/.test(source)
  );
}

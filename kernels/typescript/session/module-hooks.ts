import { existsSync, realpathSync } from "node:fs";
import module, { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { findModuleCell } from "./module-cells.ts";

const require = createRequire(import.meta.url);

/** Packages that are found from any folder, and what they are in the project. */
const PROVIDED: Readonly<Record<string, string>> = {
  rounds: "lib/index.ts",
  tslab: "kernels/typescript/tslab.ts",
};

let projectRoot: string | undefined;

/**
 * Make imports of cells and local files find what a notebook expects:
 *
 * - `rounds` and `tslab` from any folder,
 * - cells that are modules, by their names,
 * - other packages in the notebook's folder or above it, else among the project's,
 * - local files without their extension,
 * - local TypeScript and JSON files anew after an edit of them or of what they import. Their URL carries a
 *   hash of that content, so a file that did not change keeps its state. The project's own `lib/` and
 *   `kernels/` are loaded once.
 *
 * @param root the project's folder; the last call wins
 */
export function installModuleHooks(root: string): void {
  const isInstalled = projectRoot !== undefined;
  projectRoot = realpathSync(root); // Node resolves modules to their real paths.
  if (!isInstalled) module.registerHooks({ resolve, load });
}

const resolve: module.ResolveHookSync = (specifier, context, nextResolve) => {
  const { parentURL } = context;
  if (projectRoot === undefined || !isLocalFile(parentURL)) return nextResolve(specifier, context);
  const provided = PROVIDED[specifier];
  if (provided !== undefined) {
    const url = inProject(provided);
    return nextResolve(isRequire(context) ? fileURLToPath(url) : url, context);
  }
  const resolved = moduleCell(specifier, parentURL) ?? resolveOrFallBack(specifier, context, nextResolve);
  // As compilers have it, `import rows from "./rows.json"` needs no attribute.
  const isPlainJson = resolved.url.endsWith(".json") && context.importAttributes?.["type"] === undefined;
  const found = isPlainJson ? { ...resolved, importAttributes: { type: "json" } } : resolved;
  if (isRequire(context) || !isLocalFile(found.url) || !/\.(ts|mts|json)$/.test(found.url)) return found;
  const { contentVersion } = require("./local-modules.ts") as typeof import("./local-modules.ts");
  return { ...found, url: `${found.url}?v=${contentVersion(fileURLToPath(found.url))}` };
};

/** A relative import of a cell that is a module of its own. */
function moduleCell(specifier: string, parentURL: string): module.ResolveFnOutput | undefined {
  if (!/^\.{1,2}\//.test(specifier)) return undefined;
  const filePath = findModuleCell(fileURLToPath(new URL(specifier, parentURL)));
  if (filePath === undefined) return undefined;
  return { url: pathToFileURL(filePath).href, format: "module", shortCircuit: true };
}

function resolveOrFallBack(
  specifier: string,
  context: module.ResolveHookContext,
  nextResolve: Parameters<module.ResolveHookSync>[2],
): module.ResolveFnOutput {
  try {
    return nextResolve(specifier, context);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!/MODULE_NOT_FOUND|UNSUPPORTED_DIR_IMPORT/.test(code)) throw error;
    if (/^[./]|^file:/.test(specifier)) {
      const file = fileWithoutExtension(new URL(specifier, context.parentURL));
      if (file === undefined) throw error;
      return nextResolve(file, context);
    }
    const parentURL = inProject("package.json");
    if (context.parentURL === parentURL) throw error;
    try {
      // `require` goes by its own file whatever the parent, so it is given the path.
      const target = isRequire(context) ? createRequire(parentURL).resolve(specifier) : specifier;
      return nextResolve(target, { ...context, parentURL });
    } catch {
      throw error; // The first one names the file that the user knows.
    }
  }
}

function isRequire(context: module.ResolveHookContext): boolean {
  return context.conditions.includes("require");
}

/** `./name`, and `./name.js` for a file that is TypeScript, as compilers take them. */
function fileWithoutExtension(url: URL): string | undefined {
  const filePath = fileURLToPath(url);
  const candidates = [".ts", ".mts", ".js", ".mjs", ".cjs", ".json", "/index.ts", "/index.js"].map(
    (ending) => filePath + ending,
  );
  candidates.push(filePath.replace(/\.(m?)js$/, ".$1ts"));
  const found = candidates.find((candidate) => candidate !== filePath && existsSync(candidate));
  return found === undefined ? undefined : pathToFileURL(found).href;
}

/** Whether the module at a URL is not run as it stands, but as JavaScript made of it. */
export function isTransformed(url: string): boolean {
  return isLocalFile(url) && /\.[mc]?ts(\?|$)/.test(url);
}

const load: module.LoadHookSync = (url, context, nextLoad) => {
  if (!isTransformed(url)) return nextLoad(url, context);
  const { loadTypeScript } = require("./local-modules.ts") as typeof import("./local-modules.ts");
  return { ...loadTypeScript(url, context.format), shortCircuit: true };
};

function inProject(relativePath: string): string {
  return pathToFileURL(path.join(projectRoot ?? "", relativePath)).href;
}

/** Whether a URL is the user's own code: a cell or file outside of packages and of the project's code. */
function isLocalFile(url: string | undefined): url is string {
  if (!url?.startsWith("file:") || url.includes("/node_modules/")) return false;
  return !url.startsWith(inProject("lib/")) && !url.startsWith(inProject("kernels/"));
}

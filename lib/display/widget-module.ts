import { parseSync } from "oxc-parser";

import { ArgumentError } from "../core/errors.ts";

const REMOTE_STYLE = /@import\b|url\(\s*["']?\s*(?:[a-z]+:)?\/\//i;

/**
 * Check the module of a widget before a browser gets it.
 *
 * @throws {@link ArgumentError} it is no JavaScript, imports anything, or has no default export
 */
export function checkWidgetModule(esm: unknown): asserts esm is string {
  if (typeof esm !== "string") throw new ArgumentError("esm", "the text of a JavaScript module", esm);
  const { errors, module } = parseSync("widget.js", esm, { lang: "js", sourceType: "module" });
  const [problem] = errors;
  if (problem !== undefined) {
    const place = esm.slice(0, problem.labels[0]?.start ?? 0).split("\n").length;
    throw new ArgumentError("esm", `JavaScript (line ${place}: ${problem.message})`, esm);
  }
  const [imported] = module.staticImports;
  if (imported !== undefined || module.dynamicImports.length > 0) {
    throw new ArgumentError("esm", "one module that imports nothing: outputs load nothing", esm);
  }
  const hasDefault = module.staticExports.some(({ entries }) =>
    entries.some(({ exportName }) => exportName.kind === "Default" || exportName.name === "default"),
  );
  if (!hasDefault) throw new ArgumentError("esm", "a module with `export default { render }`", esm);
}

/** @throws {@link ArgumentError} it is no text, or loads something from elsewhere */
export function checkWidgetStyle(css: unknown): asserts css is string {
  if (typeof css !== "string" || REMOTE_STYLE.test(css)) {
    throw new ArgumentError("css", "a style sheet that loads nothing", css);
  }
}

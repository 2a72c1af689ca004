import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { projectRoot, venvPython } from "../setup/paths.mjs";
import { failWith } from "./command-line.ts";
import { jupyterEnvironment } from "./jupyter-environment.ts";

/** Write executed notebooks as pages that open without a network: figures as pictures, nothing fetched. */
export function exportHtml(notebookPaths: readonly string[], directory: string): void {
  mkdirSync(directory, { recursive: true });
  const options = [
    "--to=html",
    `--output-dir=${directory}`,
    "--HTMLExporter.mathjax_url=",
    "--HTMLExporter.require_js_url=",
    "--HTMLExporter.jquery_url=",
    "--HTMLExporter.mermaid_js_url=",
    "--HTMLExporter.widget_renderer_url=",
    "--template=rounds",
    `--TemplateExporter.extra_template_basedirs=${join(projectRoot, "setup", "jupyter", "templates")}`,
  ];
  const result = spawnSync(venvPython, ["-m", "nbconvert", ...options, ...notebookPaths], {
    env: jupyterEnvironment(),
    encoding: "utf8",
    timeout: 300_000,
  });
  if (result.status !== 0)
    failWith(
      `nbconvert failed on ${notebookPaths.map((path) => basename(path)).join(", ")}:\n${result.stderr || result.error}`,
    );
}

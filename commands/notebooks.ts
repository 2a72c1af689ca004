/** `npm run notebooks`: execute the notebooks in order, headlessly, and write their outputs. */
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { unknownName } from "../lib/core/nearest-name.ts";
import { projectRoot } from "../setup/paths.mjs";
import { failWith, parseCommandLine } from "./command-line.ts";
import { compareNotebooks, type OutputDifference } from "./compare-notebooks.ts";
import { exportHtml } from "./export-html.ts";
import { notebookText, readNotebook, writeNotebook, type Notebook } from "./notebook-file.ts";
import { readParameters, withParameters } from "./notebook-parameters.ts";
import { runNotebook } from "./run-notebook.ts";

const usage = `npm run notebooks -- [--only NAME] [--parameters FILE] [--output DIRECTORY] [--html DIRECTORY] [--check]

  --only NAME         run one notebook: 00-tour, or the path of any .ipynb file
  --parameters FILE   JSON object of variables to set after the cell tagged "parameters"
  --output DIRECTORY  write the executed notebooks there instead of in place
  --html DIRECTORY    write each executed notebook as a page there; the notebooks stay as they are
  --check             end with an error where outputs differ from the stored ones: figures by their numbers, those of
                      cells tagged "trained" within 2 % or their intervals, of cells tagged "varies" by kind alone`;

const { values } = parseCommandLine(usage, {
  only: { type: "string" },
  parameters: { type: "string" },
  output: { type: "string" },
  html: { type: "string" },
  check: { type: "boolean" },
});

const startedIn = process.env["INIT_CWD"] ?? process.cwd();
const notebooks = chooseNotebooks(values.only);
const parameters =
  values.parameters === undefined ? undefined : tryTo(() => readParameters(inStart(values.parameters!)));
const scratch = values.html === undefined ? undefined : mkdtempSync(join(tmpdir(), "rounds-notebooks-"));
const outputDirectory = scratch ?? (values.output === undefined ? undefined : inStart(values.output));
if (outputDirectory) mkdirSync(outputDirectory, { recursive: true });

const abort = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => abort.abort());

let differing = 0;
try {
  for (const path of notebooks) {
    const written = join(outputDirectory ?? resolve(path, ".."), basename(path));
    await runOne(path, written);
    if (values.html !== undefined) exportHtml([written], inStart(values.html));
  }
  if (values.check && differing > 0)
    failWith(`${differing} of ${notebooks.length} notebooks have other outputs than those that were stored.`);
} finally {
  if (scratch) rmSync(scratch, { recursive: true, force: true });
}

async function runOne(path: string, written: string): Promise<void> {
  const name = basename(path, ".ipynb");
  const started = Date.now();
  try {
    const notebook = readNotebook(path);
    const prepared = parameters === undefined ? notebook : withParameters(notebook, parameters);
    const executed = await runNotebook(prepared, { directory: resolve(path, ".."), signal: abort.signal });
    await writeNotebook(written, executed);
    const differences = compareNotebooks(notebook, JSON.parse(notebookText(executed)) as Notebook);
    const cells = executed.cells.filter((cell) => cell.cell_type === "code").length;
    process.stdout.write(`✔ ${name}: ${cells} cells, ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    if (differences.length > 0) tellDifferences(differences);
  } catch (error) {
    if (abort.signal.aborted) failWith(`${name} was interrupted; nothing of it was written.`);
    failWith(`${name}: ${(error as Error).message}`);
  }
}

/** The first of them; a notebook that ran on other data differs everywhere. */
function tellDifferences(differences: readonly OutputDifference[]): void {
  differing++;
  for (const { cell, what } of differences.slice(0, 10)) process.stdout.write(`  cell ${cell}, ${what}\n`);
  const more = differences.length - 10;
  if (more > 0) process.stdout.write(`  and ${more} more\n`);
}

function chooseNotebooks(only: string | undefined): string[] {
  const directory = join(projectRoot, "notebooks");
  if (only === undefined)
    return globSync("*.ipynb", { cwd: directory })
      .toSorted()
      .map((name) => join(directory, name));
  if (only.endsWith(".ipynb") && existsSync(inStart(only)) && statSync(inStart(only)).isFile())
    return [inStart(only)];
  const names = readdirSync(directory)
    .filter((name) => name.endsWith(".ipynb"))
    .map((name) => basename(name, ".ipynb"))
    .toSorted();
  const name = basename(only, ".ipynb");
  if (!names.includes(name)) failWith(unknownName("--only", only, names).message);
  return [join(directory, `${name}.ipynb`)];
}

/** A path as the user meant it: relative to where the command was typed. */
function inStart(path: string): string {
  return resolve(startedIn, path);
}

function tryTo<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    failWith((error as Error).message);
  }
}

/** A notebook that nbconvert executed and saved, and its page, hold no restricted value: outputs, tracebacks, figures. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { jupyterEnvironment } from "../../commands/jupyter-environment.ts";
import { notebookText, readNotebook, type Cell } from "../../commands/notebook-file.ts";
import { projectRoot, venvPython } from "../../setup/paths.mjs";
import { patients, plantWorld } from "../care/planted-world.ts";
import { markedFiles, markIn } from "../care/watch-leaks.ts";
import { skipWithout } from "../support/programs.ts";

/** Each is a cell; those that fail are told with their traceback. */
const cells = [
  `import * as rounds from "rounds";
const ward = await rounds.open("ward/patients.jsonl");
const rows = await ward.rows();
const documents = await Array.fromAsync(rounds.readDocuments("ward/documents.jsonl"));
const set = await rounds.loadQuestions("ward/questions.jsonl", { schema: { id: "id", question: "question", options: "options", answer: "answerIndex", answerIs: "index from 0" } });`,
  "ward",
  "rows",
  "rows[0]",
  "({ rows, documents, deep: [new Map([[1, documents[0]]])] })",
  "documents",
  "set",
  "set.questions[0]",
  "await ward.profile()",
  "await ward.toArrow()",
  "String(await ward.toArrow())",
  "console.log(rows[0], documents); console.error(set); console.table(rows); console.dir(documents[0])",
  "await rounds.show(documents)",
  "rounds.progress(documents).constructor.name",
  "rounds.compareTexts(documents[0], documents[1])",
  "rounds.markSpans(documents[0], [{ start: 2, end: 30 }])",
  "rounds.lineFigure(rows as never, { x: 'id', y: 'age' })",
  "rounds.figure({ data: [{ type: 'scatter', text: rows }], layout: {} } as never)",
  "rounds.scatterFigure(await ward.head(20) as never, { x: 'id', y: 'age', label: 'note' })",
  "await ward.sql('SELECT CAST(note AS INTEGER) FROM this').rows()",
  "await ward.sql('SELECT error(note) FROM this').profile()",
  "throw rows[0]",
  "throw new Error('no', { cause: rows })",
  "rounds.wilsonInterval(documents as never, set as never)",
  "await rounds.open(documents as never)",
  "rounds.filterDocuments(documents, documents as never)",
  "await rounds.scoreQuestions(documents as never, set as never, rows as never)",
  "Promise.reject(Object.assign(new Error('late'), { rows })); await new Promise((resolve) => setTimeout(resolve, 50))",
  "await rounds.countCells(ward, { by: ['seen'] })",
];

describe("a saved notebook", { skip: skipWithout(venvPython), timeout: 120_000 }, () => {
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "rounds-restricted-notebook-"));
    const world = await plantWorld();
    mkdirSync(join(folder, "ward"));
    const lines = (name: string, values: readonly object[]): void =>
      writeFileSync(join(folder, "ward", name), values.map((value) => `${JSON.stringify(value)}\n`).join(""));
    // The planted files say nothing themselves here: the folder alone does.
    const unsaid = (values: readonly object[]) =>
      values.map((value) => ({ ...value, sensitivity: undefined }));
    lines("patients.jsonl", patients());
    lines("documents.jsonl", unsaid(world.documents));
    lines("questions.jsonl", unsaid(world.questions));
    writeFileSync(join(folder, "ward", ".rounds-sensitivity"), "restricted");
    rmSync(world.folder, { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("by nbconvert, with its errors and its page, holds no mark", () => {
    const path = join(folder, "careful.ipynb");
    const sources = cells.map((source, index): Cell => ({
      cell_type: "code",
      id: `cell-${index}`,
      metadata: {},
      execution_count: null,
      outputs: [],
      source,
    }));
    const model = readNotebook(join(projectRoot, "notebooks", "08-careful-data.ipynb"));
    writeFileSync(path, notebookText({ ...model, cells: sources }));
    const convert = (...parameters: string[]) =>
      spawnSync(venvPython, ["-m", "nbconvert", ...parameters], {
        cwd: folder,
        env: { ...jupyterEnvironment(join(folder, "jupyter")), TMPDIR: join(folder) },
        encoding: "utf8",
        timeout: 100_000,
      });
    const executed = convert("--to", "notebook", "--execute", "--allow-errors", "--inplace", path);
    assert.equal(executed.status, 0, executed.stderr);
    const page = convert("--to", "html", path);
    assert.equal(page.status, 0, page.stderr);
    const saved = readNotebook(path).cells;
    assert.ok(saved.every(({ execution_count: count }) => typeof count === "number"));
    // The first works, else nothing is tested.
    assert.deepEqual(saved[0]!.outputs, []);
    assert.match(JSON.stringify(saved.at(-1)!.outputs), /counts of/u);
    for (const [index, cell] of saved.entries())
      assert.equal(markIn(JSON.stringify(cell.outputs)), undefined, cells[index]);
    assert.equal(markIn(executed.stdout + executed.stderr + page.stderr), undefined);
    assert.equal(markIn(readFileSync(path.replace(/ipynb$/u, "html"), "utf8")), undefined);
    assert.deepEqual(markedFiles(folder, [join(folder, "ward")]), []);
  });
});

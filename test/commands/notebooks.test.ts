/** `npm run notebooks` on notebooks of its own, with the real kernel. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readNotebook, type Cell } from "../../commands/notebook-file.ts";
import { descendantsOf, isRunning } from "../../commands/process-tree.ts";
import { projectRoot } from "../../setup/paths.mjs";
import { until } from "../support/until.ts";

let folder: string;

function codeCell(source: string, tags: string[] = []): Cell {
  return { cell_type: "code", id: `cell-${Math.abs(hash(source))}`, metadata: { tags }, source };
}

function hash(text: string): number {
  return [...text].reduce((sum, character) => Math.imul(sum, 31) + character.codePointAt(0)!, 7);
}

function writeCells(name: string, cells: Cell[]): string {
  const path = join(folder, `${name}.ipynb`);
  writeFileSync(path, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
  return path;
}

function runNotebooks(...parameters: string[]) {
  return spawnSync("npm", ["run", "-s", "notebooks", "--", ...parameters], {
    cwd: projectRoot,
    encoding: "utf8",
    timeout: 120_000,
  });
}

describe("npm run notebooks", () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-notebooks-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("executes the cells in one kernel, writes their outputs and says how long it took", () => {
    const path = writeCells("sums", [
      { cell_type: "markdown", id: "words", metadata: {}, source: "# Sums" },
      codeCell("const two: number = 1 + 1;\nconsole.log('two is', two);"),
      codeCell("two * 21"),
    ]);
    const result = runNotebooks("--only", path);
    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stdout, /^✔ sums: 2 cells, \d+\.\d s\n$/);

    const [, first, second] = readNotebook(path).cells;
    assert.deepEqual(first!.outputs, [{ name: "stdout", output_type: "stream", text: ["two is 2\n"] }]);
    assert.deepEqual(second!.outputs![0]!["data"], { "text/plain": ["42"] });
    assert.equal(second!.execution_count, 2);

    const firstBytes = readFileSync(path, "utf8");
    assert.equal(runNotebooks("--only", path).status, 0);
    assert.equal(readFileSync(path, "utf8"), firstBytes, "two runs write the same bytes");
  });

  it("says which number of which cell is not what was stored, and with --check ends with an error", () => {
    const path = writeCells("trained", [
      codeCell("const loss = 2.5;", ["parameters"]),
      codeCell("console.log('loss', loss)", ["trained"]),
      codeCell("`accuracy ${loss / 5}`"),
    ]);
    assert.equal(runNotebooks("--only", path).status, 0);
    const parameters = join(folder, "loss.json");
    const again = (loss: number, ...more: string[]) => {
      writeFileSync(parameters, JSON.stringify({ loss }));
      const output = join(folder, "again");
      return runNotebooks("--only", path, "--parameters", parameters, "--output", output, ...more);
    };
    const told = again(3);
    assert.equal(told.status, 0, "told, and no error");
    assert.match(
      told.stdout,
      /✔ trained: .*\n {2}cell 3, text\[0\]: 2\.5 -> 3\n {2}cell 4, text\/plain is not/u,
    );
    const checked = again(2.51, "--check");
    assert.equal(checked.status, 1);
    assert.match(checked.stdout, /✔ trained: .*\n {2}cell 4, text\/plain is not what was stored\n$/u);
    assert.match(checked.stderr, /1 of 1 notebooks have other outputs than those that were stored/u);
  });

  it("stops at the first cell that fails, names it, and leaves the notebook as it was", () => {
    const path = writeCells("broken", [
      codeCell("1 + 1"),
      codeCell("const dose = undefined as any;\ndose.milligrams"),
      codeCell("console.log('never')"),
    ]);
    const original = readFileSync(path, "utf8");
    const result = runNotebooks("--only", path);
    assert.equal(result.status, 1);
    assert.match(result.stderr, /✖ broken: cell 2: TypeError: Cannot read properties of undefined/);
    assert.match(result.stderr, /Cell \[2\], line 2/);
    assert.equal(readFileSync(path, "utf8"), original);
  });

  it("ends when the kernel dies, and names the cell", () => {
    const path = writeCells("deadly", [codeCell("1"), codeCell("process.kill(process.pid, 'SIGKILL')")]);
    const result = runNotebooks("--only", path);
    assert.equal(result.status, 1);
    assert.match(result.stderr, /✖ deadly: cell 2: the kernel ended by SIGKILL/);
  });

  it("sets the variables of the cell tagged parameters", () => {
    const path = writeCells("with-parameters", [
      codeCell("let sampleSize = 10;\nlet source = 'pmc';", ["parameters"]),
      codeCell("`${sampleSize} from ${source}`"),
    ]);
    const parameters = join(folder, "parameters.json");
    writeFileSync(parameters, JSON.stringify({ sampleSize: 3 }));
    const output = join(folder, "executed");
    const result = runNotebooks("--only", path, "--parameters", parameters, "--output", output);
    assert.equal(result.status, 0, result.stderr);
    const cells = readNotebook(join(output, "with-parameters.ipynb")).cells;
    assert.deepEqual(cells.at(-1)!.outputs![0]!["data"], { "text/plain": ["'3 from pmc'"] });
    assert.equal(readNotebook(path).cells[0]!.outputs, undefined, "--output leaves the original alone");

    writeFileSync(parameters, JSON.stringify({ sampelSize: 3 }));
    const wrong = runNotebooks("--only", path, "--parameters", parameters);
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /"parameter" must be one of sampleSize, source \(did you mean sampleSize\?\)/);
  });

  it("lists the notebooks when a name is wrong", () => {
    const result = runNotebooks("--only", "00-tuor");
    assert.equal(result.status, 1);
    assert.match(result.stderr, /"--only" must be one of 00-tour, .*did you mean 00-tour\?/);
  });

  it("stops kernel and all on an interrupt, and writes nothing", async () => {
    const begun = join(folder, "begun");
    const endless = `require("node:fs").writeFileSync(${JSON.stringify(begun)}, ""); while (true) {}`;
    const path = writeCells("endless", [codeCell(endless)]);
    const original = readFileSync(path, "utf8");
    const child = spawn("npm", ["run", "-s", "notebooks", "--", "--only", path], {
      cwd: projectRoot,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (chunk) => (errors += String(chunk)));
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    await until("the cell runs", () => existsSync(begun), 120_000);
    const family = descendantsOf(child.pid!);
    child.kill("SIGINT");
    assert.notEqual(await Promise.race([ended, sleep(15_000).then(() => 0)]), 0);
    assert.match(errors, /endless was interrupted; nothing of it was written/);
    assert.deepEqual(family.filter(isRunning), []);
    assert.equal(readFileSync(path, "utf8"), original);
  });

  it("writes pages that fetch nothing", () => {
    const path = writeCells("page", [codeCell("'shown in the page'")]);
    const html = join(folder, "html");
    const result = runNotebooks("--only", path, "--html", html);
    assert.equal(result.status, 0, result.stderr);
    const page = readFileSync(join(html, "page.html"), "utf8");
    assert.match(page, /shown in the page/);
    assert.doesNotMatch(page, /(?:src|href)="https?:\/\/(?!jupyter\.org)/);
  });
});

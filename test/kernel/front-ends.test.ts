/** Front ends from PyPI that run notebooks or talk with the kernel, as they are. JupyterLab's tests are in test/browser. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { readNotebook } from "../../commands/notebook-file.ts";
import type { Output } from "../../commands/notebook-file.ts";
import { jupyterEnvironment } from "../../commands/jupyter-environment.ts";
import { venv, venvPython } from "../../setup/paths.mjs";
import { notebookOf } from "../browser/notebook-file.ts";
import { skipWithout } from "../support/programs.ts";

const PROGRAM_MILLISECONDS = 90_000;
const WORKING = [
  `console.log("begun"); const beds: number = 6; beds * 7`,
  `import { display, newDisplay } from "tslab";
const bar = newDisplay();
for (const share of [50, 100]) bar.text(share + " %");
display.html("<b>bold</b>");`,
  `await new Promise((resolve) => setTimeout(resolve, 100)); console.error("end");`,
];
const FAILING = [`let reached = 1`, `throw new RangeError("too many beds")`, `reached = 2`];

const folder = mkdtempSync(join(tmpdir(), "rounds-front-ends-"));
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
writeFileSync(join(folder, "working.ipynb"), notebookOf(WORKING));
writeFileSync(join(folder, "failing.ipynb"), notebookOf(FAILING));

interface Ended {
  readonly code: number | null;
  readonly words: string;
}

async function run(program: string, parameters: readonly string[]): Promise<Ended> {
  const child = spawn(program, parameters, {
    cwd: folder,
    env: jupyterEnvironment(join(folder, "jupyter")),
    stdio: ["ignore", "pipe", "pipe"],
    timeout: PROGRAM_MILLISECONDS,
  });
  let words = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (words += text));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  return { code, words };
}

/** The outputs of each code cell; texts may be stored as lists of lines. */
function outputsOf(name: string): Output[][] {
  const joined = (_key: string, value: unknown): unknown =>
    Array.isArray(value) && value.length > 0 && value.every((line) => typeof line === "string")
      ? value.join("")
      : value;
  const cells = readNotebook(join(folder, name)).cells.filter(({ cell_type }) => cell_type === "code");
  return cells.map(({ outputs }) => JSON.parse(JSON.stringify(outputs), joined) as Output[]);
}

function assertWorked(name: string): void {
  const [first, second, third] = outputsOf(name);
  assert.deepEqual(
    first!.map(({ output_type, text, data }) => [output_type, text ?? data]),
    [
      ["stream", "begun\n"],
      ["execute_result", { "text/plain": "42" }],
    ],
  );
  assert.deepEqual(
    second!.map(({ text, data }) => text ?? data),
    [{ "text/plain": "100 %" }, { "text/html": "<b>bold</b>" }],
  );
  assert.deepEqual(
    third!.map(({ name: stream, text }) => [stream, text]),
    [["stderr", "end\n"]],
  );
}

const programs = [
  { name: "nbclient", program: join(venv, "bin", "jupyter-execute"), output: "--output=" },
  { name: "papermill", program: join(venv, "bin", "papermill"), output: "" },
];

for (const { name, program, output } of programs) {
  describe(name, { skip: skipWithout(program), timeout: 4 * PROGRAM_MILLISECONDS }, () => {
    it("runs a notebook and saves what it shows: results, updates and streams", async () => {
      const { code, words } = await run(program, ["working.ipynb", `${output}${name}-working.ipynb`]);
      assert.equal(code, 0, words);
      assertWorked(`${name}-working.ipynb`);
    });

    it("stops at the cell that fails, and says what it says", async () => {
      const { code, words } = await run(program, ["failing.ipynb", `${output}${name}-failing.ipynb`]);
      assert.notEqual(code, 0);
      assert.match(words, /RangeError: too many beds/);
      assert.match(words, /Cell \[2\], line 1/);
    });
  });
}

describe("nbclient's limit of time", { skip: skipWithout(venvPython), timeout: 120_000 }, () => {
  it("interrupts the cell and goes on, with the variables kept", async () => {
    writeFileSync(
      join(folder, "slow.ipynb"),
      notebookOf([`const kept = 1;`, `for (;;) await null;`, `console.log("kept is", kept)`]),
    );
    const script = `
import nbclient, nbformat
notebook = nbformat.read("slow.ipynb", 4)
nbclient.NotebookClient(notebook, timeout=2, interrupt_on_timeout=True, allow_errors=True).execute()
nbformat.write(notebook, "slow.ipynb")`;
    const { code, words } = await run(venvPython, ["-c", script]);
    assert.equal(code, 0, words);
    const [, slow, last] = outputsOf("slow.ipynb");
    assert.deepEqual(
      slow!.map(({ ename }) => ename),
      ["KeyboardInterrupt"],
    );
    assert.equal(last![0]!["text"], "kept is 1\n");
  });
});

describe("jupyter console", { skip: skipWithout(venvPython), timeout: 120_000 }, () => {
  it("shows results and errors, completes, continues lines and interrupts", async () => {
    const script = fileURLToPath(new URL("jupyter_console.py", import.meta.url));
    const { code, words } = await run(venvPython, [script, "typescript"]);
    assert.equal(code, 0, words);
  });
});

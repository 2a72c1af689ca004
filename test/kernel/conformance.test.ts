import { spawn } from "node:child_process";
import assert from "node:assert/strict";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { skipWithout } from "../support/programs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = `${ROOT}/.venv/bin/python`;

it("passes PyPI's jupyter_kernel_test", { skip: skipWithout(PYTHON), timeout: 120_000 }, async (test) => {
  const tests = fileURLToPath(new URL("conformance.py", import.meta.url));
  const run = spawn(PYTHON, ["-m", "pytest", "-q", "-p", "no:cacheprovider", tests], {
    cwd: ROOT,
    env: { ...process.env, JUPYTER_PATH: ROOT },
    stdio: ["ignore", "pipe", "pipe"],
    signal: test.signal,
  });
  let output = "";
  for (const stream of [run.stdout, run.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise((resolve, reject) => run.once("error", reject).once("close", resolve));
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, /skipped|no tests ran/, output);
});

/** What is typed wrongly is answered with what was expected, what came, and what to type. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { audit } from "../../lib/cli/audit.ts";
import type { CliCommand } from "../../lib/cli/command.ts";
import { corpus } from "../../lib/cli/corpus.ts";
import { dedup } from "../../lib/cli/dedup.ts";
import { evaluate } from "../../lib/cli/evaluate.ts";
import { jobs } from "../../lib/cli/jobs.ts";
import { plan } from "../../lib/cli/plan.ts";
import { purge } from "../../lib/cli/purge.ts";
import { serve } from "../../lib/cli/serve.ts";
import { spans } from "../../lib/cli/spans.ts";
import { takedown } from "../../lib/cli/takedown.ts";
import { train } from "../../lib/cli/train.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";

function typed(test: TestContext) {
  const folder = temporaryFolder(test);
  mkdirSync(join(folder, "dir"));
  mkdirSync(join(folder, "model"));
  for (const [name, text] of Object.entries({
    "broken.json": "{",
    "model/config.json": "{}",
    "list.json": "[]",
    "empty.jsonl": "",
    "left-out.jsonl": '{"id": "a", "question": "?", "options": ["one"], "answer": 3}\n',
    "train.json": '{ "recipe": "pretraining" }',
  }))
    writeFileSync(join(folder, name), text);
  return (command: CliCommand, line: string): Promise<object | undefined> =>
    command.run(line.split(" "), { folder, signal: AbortSignal.timeout(20_000) });
}

describe("a wrong command line", () => {
  it("names the option that is none, the nearest and all", async (test) => {
    const run = typed(test);
    const message = /^--wrkers is no option \(did you mean --workers\?\); options are --input, .*--help/u;
    await assert.rejects(run(dedup, "--wrkers 2"), { name: "Error", message });
    const cases: [CliCommand, string, RegExp][] = [
      [
        audit,
        "--fil x",
        /^--fil is no option \(did you mean --file\?\); options are --file, --head, --help$/u,
      ],
      [spans, "--min-byte 4", /^--min-byte is no option \(did you mean --min-bytes\?\)/u],
      [
        jobs,
        "list --clster x",
        /^--clster is no option \(did you mean --cluster\?\); options are --cluster, /u,
      ],
      [train, "train.json --proceses 2", /^--proceses is no option \(did you mean --processes\?\)/u],
      [serve, "--modle x", /^--modle is no option \(did you mean --model\?\)/u],
      [evaluate, "--nothing", /^--nothing is no option; options are /u],
      [
        takedown,
        "17 --retracte x",
        /^--retracte is no option \(did you mean --retracted\?\); options are --in, /u,
      ],
      [
        purge,
        "x --cache",
        /^--cache is no option \(did you mean --caches\?\); options are --yes, --caches, /u,
      ],
      [plan, "train.json --clusters x", /^--clusters is no option \(did you mean --cluster\?\)/u],
    ];
    for (const [command, line, told] of cases) await assert.rejects(run(command, line), { message: told });
  });

  it("says what is wrong with a file, without the system's words", async (test) => {
    const run = typed(test);
    for (const [command, line] of [
      [corpus, ""],
      [plan, ""],
      [train, ""],
      [jobs, "plan "],
    ] as const) {
      const end = command === jobs ? " --cluster local" : "";
      await assert.rejects(run(command, `${line}none.json${end}`), /none\.json is not there$/u);
      await assert.rejects(run(command, `${line}dir${end}`), /dir is a folder, not a file$/u);
      await assert.rejects(run(command, `${line}broken.json${end}`), /broken\.json is no JSON: Expected /u);
    }
    await assert.rejects(run(plan, "train.json --cluster list.json"), /"cluster" must be an object, got an/u);
    await assert.rejects(run(corpus, "list.json"), /"settings" must be an object, got an array of 0/u);
    await assert.rejects(
      run(jobs, "plan list.json --cluster local"),
      /The whole must be object, got an array/u,
    );
    const files = "--output out.jsonl --removed gone.jsonl";
    await assert.rejects(run(dedup, `--input none.jsonl ${files}`), /none\.jsonl is not there$/u);
  });

  it("asks nothing where there is no question", async (test) => {
    const run = typed(test);
    const rest = "--endpoint http://127.0.0.1:9/v1 --output results.jsonl";
    await assert.rejects(run(evaluate, `${rest} --questions empty.jsonl`), /empty\.jsonl holds no rows/u);
    await assert.rejects(
      run(evaluate, `${rest} --questions left-out.jsonl`),
      /left-out\.jsonl has no question that can be asked: 1 are left out/u,
    );
  });

  it("refuses a server's options before anything is installed for it", async (test) => {
    const run = typed(test);
    const wrong: [string, RegExp][] = [
      ["--port 99999", /"port" must be a whole number from 0 to 65535, got 99999/u],
      ["--device gpu", /"device" must be one of "auto", "cpu", "cuda", got "gpu"/u],
    ];
    for (const [words, message] of wrong)
      await assert.rejects(run(serve, `--model model ${words}`), { name: "ArgumentError", message });
  });

  it("says which word of jobs is missing, too many, or unknown", async (test) => {
    const run = typed(test);
    await assert.rejects(run(jobs, "show"), /jobs show: ID is missing\n/u);
    await assert.rejects(run(jobs, "plan"), /jobs plan: SPEC\.json is missing\n/u);
    await assert.rejects(run(jobs, "list all"), /"all" belongs to no option\n/u);
    await assert.rejects(run(jobs, "list --runs dir --cluster nowhere"), {
      message: '"cluster" must be one of local, got "nowhere" (string)',
    });
  });
});

/** Our scores of a real model against lm-evaluation-harness's, item by item. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import type { QuestionResult } from "../../lib/evals/question-result.ts";
import { optionLetter, type Question } from "../../lib/evals/question.ts";
import { readResults } from "../../lib/evals/results-file.ts";
import { evaluate } from "../../lib/cli/evaluate.ts";
import { startLocalServer, type LocalServer } from "../../lib/models/local-server.ts";
import { writePrompt } from "../../lib/prompts/write-prompt.ts";
import { projectRoot, venv, venvPython } from "../../setup/paths.mjs";

const run = promisify(execFile);
const withoutHarness = existsSync(join(venv, "bin", "lm_eval"))
  ? false
  : "lm-evaluation-harness is not installed";

let folder: string;
let server: LocalServer;
const questions = makeQuestions(20);

function makeQuestions(count: number): Question[] {
  const random = new SeededRandom(11);
  const words =
    "the patient was given aspirin and fever fell é diagnosis of pneumonia likely cause: anemia".split(" ");
  const text = (most: number): string =>
    Array.from({ length: random.integer(1, most + 1) }, () => words[random.integer(0, words.length)]).join(
      " ",
    );
  return Array.from({ length: count }, (_, index) => ({
    id: `q${index}`,
    dataset: "questions",
    question: `${text(20)}?`,
    // No two alike: which of equal ones is the likelier is the batch's rounding.
    options: Array.from({ length: 2 + (index % 4) }, (__, place) => `${text(4)} ${place}`),
    answerIndex: index % 2,
    // The harness's reader of JSON cannot hold an empty object.
    metadata: { index },
  }));
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "rounds-evaluate-"));
  const write =
    "import sys; from pathlib import Path; from served_models import write_model; write_model(Path(sys.argv[1]), max_position_embeddings=512)";
  await run(venvPython, ["-c", write, join(folder, "tiny")], {
    env: {
      ...process.env,
      PYTHONPATH: `${projectRoot}:${join(projectRoot, "test", "trainer")}`,
      OMP_NUM_THREADS: "1",
    },
    timeout: 120_000,
  });
  const lines = questions.map(({ id, question, options, answerIndex }) =>
    JSON.stringify({ id, question, options, answer: answerIndex }),
  );
  writeFileSync(join(folder, "questions.jsonl"), `${lines.join("\n")}\n`);
  writeFileSync(join(folder, "few.jsonl"), `${lines.slice(0, 5).join("\n")}\n`);
  server = await startLocalServer(join(folder, "tiny"), { device: "cpu" });
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** Results of `rounds evaluate`. */
async function evaluated(parameters: readonly string[], file = "questions.jsonl"): Promise<QuestionResult[]> {
  process.env["OPENAI_API_KEY"] = server.token;
  const output = ["--questions", file, "--output", "results.jsonl"];
  await evaluate.run([...output, ...parameters], { folder, signal: AbortSignal.timeout(200_000) });
  return readResults(join(folder, "results.jsonl"));
}

/** What the harness logs (`log_samples`) of a task, by the place of the item. */
interface HarnessLog {
  readonly replies: Readonly<
    Record<string, readonly (readonly [[sum: string | number, isGreedy: unknown]])[]>
  >;
  readonly scores: Readonly<Record<string, Readonly<Record<"acc" | "acc_norm" | "acc_bytes", number>>>>;
}

/** The harness on two tasks of the same questions: whole answers, and letters. */
async function harnessLogs(): Promise<Record<"full_text" | "letters", HarnessLog>> {
  const tasks = join(folder, "tasks");
  mkdirSync(tasks);
  const lettered = (question: Question): Question => ({
    ...question,
    options: question.options.map((option, index) => `${optionLetter(index)}. ${option}`),
  });
  const rows = {
    full_text: questions.map((question) => ({ ...question, prompt: writePrompt("zero-shot", question) })),
    letters: questions.map((question) => ({
      ...question,
      prompt: writePrompt("zero-shot", lettered(question)),
      options: question.options.map((_, index) => optionLetter(index)),
    })),
  };
  for (const [task, held] of Object.entries(rows)) {
    const file = join(tasks, `${task}.jsonl`);
    writeFileSync(file, held.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const config = {
      task,
      dataset_path: "json",
      dataset_kwargs: { data_files: { test: file } },
      test_split: "test",
      output_type: "multiple_choice",
      doc_to_text: "{{prompt}}",
      doc_to_choice: "{{options}}",
      doc_to_target: "{{answerIndex}}",
      metric_list: ["acc", "acc_norm", "acc_bytes"].map((metric) => ({ metric })),
    };
    writeFileSync(join(tasks, `${task}.yaml`), JSON.stringify(config));
  }
  const script = join(projectRoot, "test", "trainer", "run_harness.py");
  const { stdout } = await run(
    venvPython,
    [script, "local-completions", tasks, join(folder, "tiny"), server.url, "full_text", "letters"],
    {
      env: {
        ...process.env,
        OPENAI_API_KEY: server.token,
        HF_HOME: join(folder, "home"),
        HF_HUB_OFFLINE: "1",
        HF_DATASETS_OFFLINE: "1",
        TOKENIZERS_PARALLELISM: "false",
        OMP_NUM_THREADS: "1",
      },
      timeout: 200_000,
      maxBuffer: 1e8,
    },
  );
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!)["local-completions"];
}

describe("rounds evaluate and lm-evaluation-harness", { skip: withoutHarness }, () => {
  let logs: Record<"full_text" | "letters", HarnessLog>;
  before(async () => {
    logs = await harnessLogs();
  });

  function assertEqual(results: readonly QuestionResult[], { replies, scores }: HarnessLog): void {
    assert.equal(Object.keys(replies).length, questions.length);
    let furthest = 0;
    for (const [place, { options, gold, choices }] of results.entries()) {
      const pairs = replies[place]!.map(([pair]) => pair);
      assert.equal(pairs.length, options!.length);
      const sums = pairs.map(([sum]) => Number(sum));
      for (const [index, { logLikelihood, isGreedy }] of options!.entries()) {
        furthest = Math.max(furthest, Math.abs(logLikelihood.sum - sums[index]!));
        assert.equal(String(pairs[index]![1]).toLowerCase(), String(isGreedy));
      }
      assert.equal(choices!.sum, sums.indexOf(Math.max(...sums)));
      const [acc, character, byte] = [choices!.sum, choices!.character, choices!.byte].map((choice) =>
        Number(choice === gold),
      );
      assert.deepEqual({ acc, acc_norm: character, acc_bytes: byte }, { ...scores[place] });
    }
    assert.ok(furthest < 1e-4, `a log-likelihood differs by ${furthest}`);
  }

  it("agree on every whole answer, its choice by sum, character and byte, and the prompt", async () => {
    assertEqual(await evaluated(["--endpoint", server.url, "--cache", "texts"]), logs.full_text);
  });

  it("agree on every letter", async () => {
    const parameters = ["--scoring", "letter", "--cache", "letters"];
    assertEqual(await evaluated(["--endpoint", server.url, ...parameters]), logs.letters);
  });
});

describe("rounds evaluate --model", () => {
  it("serves the folder, encodes with its tokenizer, and scores as an endpoint that tokenizes", async () => {
    const served = await evaluated(["--model", "tiny", "--strategy", "no-prompt", "--cache", "own"]);
    const asked = await evaluated(["--endpoint", server.url, "--strategy", "no-prompt", "--cache", "other"]);
    assert.equal(served.length, questions.length);
    assert.deepEqual(
      served.map(({ choice, promptSha256 }) => [choice, promptSha256]),
      asked.map(({ choice, promptSha256 }) => [choice, promptSha256]),
    );
    for (const [index, { options }] of served.entries()) {
      for (const [place, { logLikelihood, tokens }] of options!.entries()) {
        const other = asked[index]!.options![place]!;
        assert.equal(tokens, other.tokens);
        assert.ok(Math.abs(logLikelihood.sum - other.logLikelihood.sum) < 1e-4);
      }
    }
  });

  it("scores answers after reasoning that the model writes, alone and in an ensemble", async () => {
    const parameters = ["--scoring", "chain-then-full-text", "--max-tokens", "5", "--cache", "chains"];
    const few = "few.jsonl";
    const alone = await evaluated(["--endpoint", server.url, ...parameters], few);
    const strategy = ["--strategy", "chain-of-thought-ensemble", "--combination", "mean-likelihood"];
    const joined = await evaluated(["--endpoint", server.url, ...parameters, ...strategy], few);
    for (const [results, runs] of [
      [alone, 1],
      [joined, 5],
    ] as const) {
      for (const { outputs, choices, options, format } of results) {
        assert.equal(outputs!.length, runs);
        assert.equal(format, "chain-of-thought");
        const sums = options!.map(({ logLikelihood }) => logLikelihood.sum);
        assert.equal(choices!.sum, sums.indexOf(Math.max(...sums)));
      }
    }
  });

  it("reads what a model writes", async () => {
    const parameters = ["--scoring", "generate", "--max-tokens", "4", "--cache", "outputs"];
    const results = await evaluated(["--endpoint", server.url, ...parameters]);
    for (const { outputs, choice, correct, gold, tokens } of results) {
      assert.equal(outputs!.length, 1);
      assert.ok(tokens <= 4);
      assert.equal(correct, choice === gold);
    }
  });
});

/** Questions a second through our scorer against lm-evaluation-harness: the same server, model, prompts and answers. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { loadTokenizer } from "../lib/corpus/tokens/load-tokenizer.ts";
import { trainTokenizer } from "../lib/corpus/tokens/train-tokenizer.ts";
import { loadQuestions } from "../lib/evals/load-questions.ts";
import type { Question } from "../lib/evals/question.ts";
import { scoreQuestions } from "../lib/evals/score-questions.ts";
import { connectModel } from "../lib/models/connect-model.ts";
import { startLocalServer, type LocalServer } from "../lib/models/local-server.ts";
import { zeroShot } from "../lib/prompts/without-examples.ts";
import { projectRoot, stateDirectory, venv, venvPython } from "../setup/paths.mjs";
import { interleave, median, pairedRatio, summary, type Measurement } from "./harness.ts";

const rounds = 3;
const questionCount = 24;
const folder = join(stateDirectory, "bench", "evaluate");
const peers = join(projectRoot, "bench", "evaluate_peers.py");

/** How the harness is asked: as it is by default, and as our own scorer asks. */
const settings = [
  {
    name: "default: one prompt a request, one request at a time",
    batchSize: 1,
    concurrency: 1,
    atMost: 1 / 3,
  },
  {
    name: "16 prompts a request, 4 at a time; it scores no pmi",
    batchSize: 16,
    concurrency: 4,
    atMost: 1,
  },
] as const;

export default async function evaluateBenchmark(): Promise<Measurement[]> {
  if (!existsSync(join(venv, "bin", "lm_eval"))) {
    process.stdout.write(
      "  nothing measured: .venv/bin/pip install 'lm-eval[api]==0.4.13' installs the peer\n",
    );
    return [];
  }
  rmSync(folder, { recursive: true, force: true });
  const model = join(folder, "model");
  const set = await loadQuestions("medqa-test");
  const questions = set.questions.slice(0, questionCount);
  await (
    await trainTokenizer(
      set.questions.map(({ question }) => ({ text: question })),
      { vocabularySize: 8192 },
    )
  ).save(model);
  await promisify(execFile)(venvPython, [peers, "model", model], { timeout: 300_000 });
  const task = await writeTask(questions);
  await using server = await startLocalServer(model);
  const harnesses = await Promise.all(
    settings.map(({ batchSize, concurrency }) => startHarness(task, model, server, batchSize, concurrency)),
  );
  try {
    const ours = await ourScorer(server, model, questions);
    const samples = await interleave(rounds, {
      ours: async () => (await ours()).seconds,
      ...Object.fromEntries(harnesses.map((harness, index) => [`harness ${index}`, harness.seconds])),
    });
    const shares = await interleave(1, { outside: async () => (await ours()).shareOutside });
    const origin = `${questions.length} ${set.synthetic ? "generated" : "MedQA"} questions`;
    const perSecond = (seconds: readonly number[]): string =>
      `${(questions.length / median(seconds)).toPrecision(3)} questions a second`;
    return [
      ...settings.map(({ name, atMost }, index): Measurement => {
        const peer = samples[`harness ${index}` as "ours"];
        return {
          what: `full text, time of our scorer / lm-evaluation-harness (${name})`,
          value: pairedRatio(samples.ours, peer),
          unit: "ratio",
          atMost,
          detail: `${perSecond(samples.ours)}, ${summary(samples.ours, "s")}, against ${perSecond(peer)}, ${summary(peer, "s")}; ${origin}`,
        };
      }),
      {
        what: "share of our scorer's time in which the server has nothing to do",
        value: shares.outside[0]!,
        unit: "ratio",
        atMost: 0.1,
        detail: "encoding, scores, hashes, before, between and after requests",
      },
    ];
  } finally {
    for (const harness of harnesses) harness.stop();
  }
}

/** The harness's form of the questions: our prompt, the answers' whole texts. */
async function writeTask(questions: readonly Question[]): Promise<string> {
  const tasks = join(folder, "task");
  mkdirSync(tasks, { recursive: true });
  const file = join(tasks, "questions.jsonl");
  const prompts = await zeroShot().prompts(questions);
  const rows = questions.map((question, place) => ({
    prompt: prompts[place]![0]!.text,
    options: question.options,
    answer: question.answerIndex,
  }));
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const config = {
    task: "full_text",
    dataset_path: "json",
    dataset_kwargs: { data_files: { test: file } },
    test_split: "test",
    output_type: "multiple_choice",
    doc_to_text: "{{prompt}}",
    doc_to_choice: "{{options}}",
    doc_to_target: "{{answer}}",
    metric_list: [{ metric: "acc" }],
  };
  const path = join(tasks, "full_text.yaml");
  writeFileSync(path, JSON.stringify(config));
  return path;
}

async function startHarness(
  task: string,
  model: string,
  server: LocalServer,
  batchSize: number,
  concurrency: number,
) {
  const child = spawn(
    venvPython,
    [peers, "harness", task, model, server.url, String(batchSize), String(concurrency)],
    {
      env: {
        ...process.env,
        OPENAI_API_KEY: server.token,
        HF_HOME: join(folder, "home"),
        HF_HUB_OFFLINE: "1",
        HF_DATASETS_OFFLINE: "1",
      },
      stdio: ["pipe", "pipe", "ignore"],
      timeout: 1_200_000,
    },
  );
  const ended = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  /** The next line that is one of its own. */
  const next = async (isWanted: (line: string) => boolean): Promise<string> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the harness ended with ${(await ended)[0]}`);
      if (isWanted(value)) return value;
    }
  };
  await next((line) => line === "ready");
  return {
    async seconds(): Promise<number> {
      child.stdin.write("\n");
      return (JSON.parse(await next((line) => line.startsWith('{"seconds"'))) as { seconds: number }).seconds;
    },
    stop: (): void => void child.stdin.destroy(),
  };
}

/** Our scorer as `rounds evaluate` runs it, without a cache; with the share of time in which no request was under way. */
async function ourScorer(server: LocalServer, folderOfModel: string, questions: readonly Question[]) {
  const tokenizer = await loadTokenizer(folderOfModel);
  const fetchNow = globalThis.fetch;
  let underWay = 0;
  let since = 0;
  let busy = 0;
  globalThis.fetch = async (...request) => {
    if (underWay++ === 0) since = performance.now();
    try {
      const reply = await fetchNow(...request);
      // Read to its end, which counts as the server's.
      return new Response(await reply.arrayBuffer(), reply);
    } finally {
      if (--underWay === 0) busy += performance.now() - since;
    }
  };
  const model = await connectModel(server.url, {
    apiKey: server.token,
    encode: (text) => [...tokenizer.encode(text)],
  });
  return async () => {
    busy = 0;
    const started = performance.now();
    await scoreQuestions(model, questions, { strategy: zeroShot() });
    const milliseconds = performance.now() - started;
    return { seconds: milliseconds / 1000, shareOutside: 1 - busy / milliseconds };
  };
}

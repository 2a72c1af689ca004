/** Tokens a second against Python's tokenizers and SentencePiece on the same texts, one thread each; two threads. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { writeDocuments } from "../lib/corpus/document.ts";
import { loadTokenizer } from "../lib/corpus/tokens/load-tokenizer.ts";
import { trainTokenizer } from "../lib/corpus/tokens/train-tokenizer.ts";
import { projectNode, projectRoot, stateDirectory, venvPython } from "../setup/paths.mjs";
import { interleave, pairedRatio, summary, type Measurement } from "./harness.ts";
import { nearDuplicateCorpus } from "./near-duplicate-corpus.ts";

const run = promisify(execFile);
const rounds = 5;
const documents = 700;
/** As many as there are, for two threads: starting one does not count then. */
const [threadRounds, threadDocuments] = [3, 2500];
const mirror = process.env["ROUNDS_DATA_MIRROR"] ?? join(projectRoot, "..", "shared", "data");
const folder = join(stateDirectory, "bench", "tokens");

interface OneRun {
  readonly seconds: number;
  readonly tokens: number;
}

/** A tokenizer as both sides load it. */
interface Subject {
  readonly name: string;
  readonly ours: string;
  readonly json: string;
  readonly model?: string;
}

export default async function tokensBenchmark(): Promise<Measurement[]> {
  mkdirSync(folder, { recursive: true });
  const { texts, origin } = await benchTexts(documents);
  const path = join(folder, "texts.jsonl");
  writeFileSync(path, texts.map((text) => `${JSON.stringify(text)}\n`).join(""));
  const measurements: Measurement[] = [];
  for (const subject of await subjects(texts)) {
    const ours = () => encode(projectNode, ["bench/tokens-once.ts", subject.ours, path]);
    const python = (...parameters: string[]) =>
      encode(venvPython, ["bench/token_peers.py", ...parameters, path]);
    const peers: Record<string, () => Promise<OneRun>> = {
      tokenizers: () => python("tokenizers", subject.json),
    };
    const { model } = subject;
    if (model !== undefined) peers["sentencepiece"] = () => python("sentencepiece", model);
    const counts = new Set<number>();
    const secondsAMegatoken = (once: () => Promise<OneRun>) => async () => {
      const { seconds, tokens } = await once();
      counts.add(tokens);
      return seconds / (tokens / 1e6);
    };
    const timed = { ours, ...peers };
    const samples = await interleave(
      rounds,
      Object.fromEntries(Object.entries(timed).map(([name, once]) => [name, secondsAMegatoken(once)])),
    );
    if (counts.size > 1)
      throw new Error(`${subject.name}: numbers of tokens differ: ${[...counts].join(", ")}`);
    for (const peer of Object.keys(peers)) {
      measurements.push({
        what: `${subject.name}, CPU time a token / Python ${peer}`,
        value: pairedRatio(samples["ours"]!, samples[peer]!),
        unit: "ratio",
        atMost: 1,
        detail: `${summary(samples["ours"]!, "s/Mtoken")} against ${summary(samples[peer]!, "s/Mtoken")}; ${origin}`,
      });
    }
  }
  return [...measurements, await threadsMeasurement()];
}

/** From documents to shards, with the tokenizer of the last of the rows. */
async function threadsMeasurement(): Promise<Measurement> {
  const { texts, origin } = await benchTexts(threadDocuments);
  const path = join(folder, "documents.jsonl");
  const [source, metadata] = ["bench", {}];
  await writeDocuments(
    path,
    texts.map((text, id) => ({
      id: String(id),
      text,
      source,
      licence: null,
      metadata,
      sensitivity: "public",
    })),
  );
  const tokenizer = (await subjects(texts)).at(-1)!;
  const wall = (workers: number) => async () => {
    const parameters = [
      "bench/tokenize-once.ts",
      tokenizer.ours,
      path,
      join(folder, "shards"),
      String(workers),
    ];
    return (await encode(projectNode, parameters)).seconds;
  };
  const samples = await interleave(threadRounds, { one: wall(1), two: wall(2) });
  return {
    what: `${tokenizer.name}, documents to shards, two threads / one, wall time`,
    value: pairedRatio(samples.two, samples.one),
    unit: "ratio",
    atMost: 1 / 1.7,
    detail: `${summary(samples.two, "s")} against ${summary(samples.one, "s")}; ${origin}`,
  };
}

/** Articles of the mirror where it is there, generated text elsewhere. */
async function benchTexts(count: number): Promise<{ texts: string[]; origin: string }> {
  const articles = join(mirror, "text", "pmc_rct_ccby.jsonl.gz");
  const isReal = existsSync(articles);
  const lines = isReal
    ? gunzipSync(readFileSync(articles)).toString()
    : readFileSync(await nearDuplicateCorpus(3000), "utf8");
  const texts = lines
    .trimEnd()
    .split("\n", count)
    .map((line) => (JSON.parse(line) as { text: string }).text.toWellFormed());
  const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;
  return { texts, origin: `${megabytes.toFixed(0)} MB of ${isReal ? "articles" : "generated text"}` };
}

async function subjects(texts: readonly string[]): Promise<Subject[]> {
  const trained = join(folder, "trained");
  const documentsOfText = texts.slice(0, 100).map((text) => ({ text }));
  await (await trainTokenizer(documentsOfText, { vocabularySize: 8192 })).save(trained);
  const found: Subject[] = [
    { name: "byte-level pairs, 8,192 tokens", ours: trained, json: join(trained, "tokenizer.json") },
  ];
  const model = join(mirror, "tokenizers", "tokenizer.model.v1");
  if (existsSync(model)) {
    const saved = join(folder, "mistral");
    await (await loadTokenizer(model)).save(saved);
    found.push({
      name: "Mistral 7B's SentencePiece",
      ours: model,
      json: join(saved, "tokenizer.json"),
      model,
    });
  }
  return found;
}

async function encode(program: string, parameters: string[]): Promise<OneRun> {
  if (!existsSync(program)) throw new Error(`${program} is missing; npm run bench installs it`);
  const { stdout } = await run(program, parameters, { cwd: projectRoot, timeout: 300_000 });
  return JSON.parse(stdout) as OneRun;
}

/** The five nearest of 180,000 vectors of 384 numbers, against NumPy on one core; the same queries in turn. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { SeededRandom } from "../lib/core/seeded-random.ts";
import { VectorIndex } from "../lib/prompts/vector-index.ts";
import { projectRoot, venvPython } from "../setup/paths.mjs";
import { interleave, median, pairedRatio, summary, type Measurement } from "./harness.ts";

const [size, dimensions, count, rounds] = [180_000, 384, 5, 21];

export default async function nearestBenchmark(): Promise<Measurement[]> {
  if (!existsSync(venvPython)) throw new Error(`${venvPython} is missing; npm run bench installs it`);
  const vectors = randomVectors(size, 1);
  const queries = randomVectors(rounds + 1, 2);
  const query = (round: number): Float32Array =>
    queries.subarray(round * dimensions, (round + 1) * dimensions);
  const folder = mkdtempSync(join(tmpdir(), "rounds-nearest-"));
  const path = join(folder, "vectors.bin");
  writeFileSync(path, vectors);
  const peer = startPeer(path);
  try {
    const index = new VectorIndex(vectors, dimensions);
    let [ourRound, theirRound, differing] = [0, 0, 0];
    const found: number[][] = [];
    const ours = async (): Promise<number> => {
      const started = performance.now();
      const nearest = index.nearest(query(ourRound), count);
      const milliseconds = performance.now() - started;
      found[ourRound++] = nearest.map((neighbour) => neighbour.index);
      return milliseconds;
    };
    const theirs = async (): Promise<number> => {
      const { nearest, milliseconds } = await peer.ask([...query(theirRound)]);
      if (String(nearest) !== String(found[theirRound++])) differing++;
      return milliseconds;
    };
    await ours();
    await theirs();
    const samples = await interleave(rounds, { ours, theirs });
    const detail = `${summary(samples.ours, "ms")} against ${summary(samples.theirs, "ms")}`;
    const what = `nearest ${count} of ${size} x ${dimensions}`;
    return [
      { what, value: median(samples.ours), unit: "ms", atMost: 20, detail: summary(samples.ours, "ms") },
      {
        what: `${what}, time / NumPy on one core`,
        value: pairedRatio(samples.ours, samples.theirs),
        unit: "ratio",
        atMost: 1,
        detail,
      },
      {
        what: `${what}, queries answered otherwise than by NumPy`,
        value: differing,
        unit: "count",
        atMost: 0,
        detail: `of ${rounds + 1}`,
      },
    ];
  } finally {
    peer.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function randomVectors(rows: number, seed: number): Float32Array {
  const random = new SeededRandom(seed);
  return Float32Array.from({ length: rows * dimensions }, () => random.bits32() / 2 ** 31 - 1);
}

interface Answer {
  readonly nearest: number[];
  readonly milliseconds: number;
}

/** NumPy in a process of its own; see nearest_peer.py. */
function startPeer(path: string): { ask(query: number[]): Promise<Answer>; stop(): void } {
  const env = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
  const script = join(projectRoot, "bench", "nearest_peer.py");
  const peer = spawn(venvPython, [script, path, String(dimensions)], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
    timeout: 300_000,
  });
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  return {
    async ask(query) {
      peer.stdin.write(`${JSON.stringify({ query, count })}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error("the peer ended before it answered");
      return JSON.parse(value) as Answer;
    },
    stop: () => peer.kill(),
  };
}

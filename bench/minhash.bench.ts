/** Signatures of 9,000 hashes, from the text, against the peers'; CPU seconds a megabyte, one core each. */
import { readFileSync } from "node:fs";
import { MinHash } from "../lib/corpus/minhash/minhash.ts";
import { TextShingles } from "../lib/corpus/minhash/text-shingles.ts";
import { bandingPresets } from "../lib/corpus/minhash/banding.ts";
import { runPeer } from "./duplicate-processes.ts";
import { interleave, pairedRatio, summary, type Measurement } from "./harness.ts";
import { nearDuplicateCorpus } from "./near-duplicate-corpus.ts";

const rounds = 5;
const { bands, rows } = bandingPresets.lee;

/** How many documents each gets, so that all take about a second; and the speed of theirs that ours is to reach. */
const peers = {
  rensa: { documents: 1000, atMost: 1 / 4 },
  "rensa C-MinHash": { documents: 200, atMost: 1 / 4 },
  datasketch: { documents: 200, atMost: 1 / 20 },
  datatrove: { documents: 30, atMost: 1 / 60 },
};

export default async function minhashBenchmark(): Promise<Measurement[]> {
  const path = await nearDuplicateCorpus(3000);
  const texts = readFileSync(path, "utf8")
    .split("\n", 1000)
    .map((line) => (JSON.parse(line) as { text: string }).text);
  const minHash = new MinHash({ bands, rows });
  const shingles = new TextShingles();
  const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;
  const sign = async (): Promise<number> => {
    const before = process.cpuUsage();
    for (const text of texts) minHash.bandKeys(shingles.of(text));
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6 / megabytes;
  };
  await sign();
  const names = Object.keys(peers) as (keyof typeof peers)[];
  const subjects = Object.fromEntries(
    names.map((name) => [
      name,
      async () => {
        const documents = String(peers[name].documents);
        const { seconds, bytes } = await runPeer("signatures", name, path, `${bands}`, `${rows}`, documents);
        return seconds / (bytes / 1e6);
      },
    ]),
  );
  const samples = await interleave(rounds, { ours: sign, ...subjects } as Record<
    string,
    () => Promise<number>
  >);
  return names.map((name) => ({
    what: `9,000-hash signatures, CPU time / ${name}`,
    value: pairedRatio(samples["ours"]!, samples[name]!),
    unit: "ratio",
    atMost: peers[name].atMost,
    detail: `${summary(samples["ours"]!, "s/MB")} against ${summary(samples[name]!, "s/MB")}`,
  }));
}

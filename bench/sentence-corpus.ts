import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { SeededRandom } from "../lib/core/seeded-random.ts";
import { stateDirectory } from "../setup/paths.mjs";

const syllables =
  "al an bi ca cor de di en fo gen hi in ka lo me mi ne no os pa per qu ra si te ti tro um ve yl".split(" ");
const [sentenceCount, sentencesPerDocument, earlierDocuments] = [200_000, 36, 4000];

/**
 * A JSON Lines file of `{id, text}` of a given size, generated once and kept; quick to make, for sizes of gigabytes.
 *
 * Documents are 36 sentences of 14 words out of 200,000, some 3 kB. One in eight is an earlier one with 1 to 6 of
 * its sentences replaced, which gives similarities from 0.7 to 0.95; one in eighty is an exact copy.
 */
export function sentenceCorpus(gigabytes: number): string {
  const folder = join(stateDirectory, "bench");
  const path = join(folder, `sentences-${gigabytes}.jsonl`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const random = new SeededRandom(50_000_000_000);
  const vocabulary = Array.from({ length: 20_000 }, () =>
    Array.from({ length: 1 + random.integer(0, 4) }, () => random.choice(syllables)).join(""),
  );
  const sentences = Array.from({ length: sentenceCount }, () =>
    Array.from({ length: 14 }, () => random.choice(vocabulary)).join(" "),
  );
  const earlier: number[][] = [];
  const sentence = () => random.integer(0, sentenceCount);
  const nextDocument = (): number[] => {
    const draw = random.uniform();
    if (earlier.length > 0 && draw < 0.1375) {
      const copy = [...random.choice(earlier)];
      const changes = draw < 0.125 ? random.integer(1, 7) : 0;
      for (let change = 0; change < changes; change++) copy[random.integer(0, copy.length)] = sentence();
      return copy;
    }
    const fresh = Array.from({ length: sentencesPerDocument }, sentence);
    if (earlier.length < earlierDocuments) earlier.push(fresh);
    else if (random.chance(0.05)) earlier[random.integer(0, earlierDocuments)] = fresh;
    return fresh;
  };
  const descriptor = openSync(`${path}.part`, "w");
  for (let bytes = 0, number = 0; bytes < gigabytes * 1e9;) {
    let lines = "";
    for (let line = 0; line < 300; line++, number++) {
      const text = nextDocument()
        .map((index) => sentences[index]!)
        .join(". ");
      lines += `{"id":"document-${number}","text":"${text}."}\n`;
    }
    bytes += writeSync(descriptor, lines);
  }
  closeSync(descriptor);
  renameSync(`${path}.part`, path);
  return path;
}

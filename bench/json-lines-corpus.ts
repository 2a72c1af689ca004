import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { SeededRandom } from "../lib/core/seeded-random.ts";
import { stateDirectory } from "../setup/paths.mjs";

const syllables = "car dio neur o path ia ren al hep at ic pul mon ary ther a py dose trial pla ce bo".split(
  " ",
);
const sources = ["pmc", "textbook", "answers", "general"];

/**
 * A JSON Lines file of documents in the form of a biomedical corpus, 140 MB, generated once and kept.
 *
 * Columns: id, source, year, score, title, text; 2 % exact copies, some nulls.
 */
export async function jsonLinesCorpus(megabytes = 140): Promise<string> {
  const folder = join(stateDirectory, "bench");
  const path = join(folder, `corpus-${megabytes}.jsonl`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const random = new SeededRandom(20_260);
  const vocabulary = Array.from({ length: 20_000 }, () =>
    Array.from(
      { length: 1 + random.integer(0, 4) },
      () => syllables[random.integer(0, syllables.length)],
    ).join(""),
  );
  const stream = createWriteStream(`${path}.part`);
  let text = "";
  for (let bytes = 0, row = 0; bytes < megabytes * 1e6; row++) {
    if (text === "" || random.uniform() >= 0.02) {
      const words = 20 + Math.floor(800 * random.uniform() ** 2);
      text = Array.from({ length: words }, () => vocabulary[random.integer(0, vocabulary.length)]).join(" ");
    }
    const line = `${JSON.stringify({
      id: `document-${row}`,
      source: sources[random.integer(0, sources.length)],
      year: random.uniform() < 0.05 ? null : 1990 + random.integer(0, 36),
      score: Math.round(1e6 * random.uniform()) / 1e6,
      title: text.slice(0, 60),
      text,
    })}\n`;
    bytes += line.length;
    if (!stream.write(line)) await once(stream, "drain");
  }
  stream.end();
  await finished(stream);
  renameSync(`${path}.part`, path);
  return path;
}

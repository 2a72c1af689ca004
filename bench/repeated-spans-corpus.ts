import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { gunzipSync } from "node:zlib";
import { SeededRandom } from "../lib/core/seeded-random.ts";
import { projectRoot, stateDirectory } from "../setup/paths.mjs";

/** Bytes of a planted passage. */
const passageBytes = [50, 120, 450, 2000];
const syllables =
  "car dio neur o path ia ren al hep at ic pul mon ary ther a py dose trial pla ce bo gas".split(" ");

/**
 * A JSON Lines file of `{id, text}` in which passages repeat, generated once and kept.
 *
 * About 3 kB of text a document. One document in four holds a passage of 50, 120, 450 or 2,000 bytes that two to
 * six others hold too; one in ten ends with one of ten notices of 600 bytes; one in fifty is a copy of another.
 */
export function generatedSpansCorpus(megabytes: number): Promise<string> {
  return corpusFile(`spans-generated-${megabytes}`, megabytes, generatedTexts(new SeededRandom(20_240_609)));
}

/** Real texts from the mirror of the data: articles, textbooks, answers; undefined where there is none. */
export function realSpansCorpus(megabytes: number): Promise<string> | undefined {
  const mirror = process.env["ROUNDS_DATA_MIRROR"] ?? join(projectRoot, "..", "shared", "data");
  const paths = realFiles.map(({ name }) => join(mirror, "text", name));
  if (!paths.every((path) => existsSync(path))) return undefined;
  return corpusFile(`spans-real-${megabytes}`, megabytes, realTexts(paths));
}

const realFiles = [
  { name: "medquad_answered.jsonl.gz", field: "answer" },
  { name: "pmc_rct_ccby.jsonl.gz", field: "text" },
  { name: "openstax_medical_ccby.jsonl.gz", field: "text" },
];

/** In turn, so that a corpus of any size holds some of each: sixteen short answers to one article. */
function* realTexts(paths: readonly string[]): Generator<string> {
  const sources = paths.map((path, place) => ({
    lines: gunzipSync(readFileSync(path)).toString().trimEnd().split("\n").values(),
    field: realFiles[place]!.field,
    atATime: place === 0 ? 16 : 1,
  }));
  for (let isOpen = true; isOpen;) {
    isOpen = false;
    for (const { lines, field, atATime } of sources) {
      for (const line of lines.take(atATime)) {
        isOpen = true;
        const text = (JSON.parse(line) as Record<string, unknown>)[field];
        if (typeof text === "string") yield text;
      }
    }
  }
}

function* generatedTexts(random: SeededRandom): Generator<string> {
  const vocabulary = Array.from({ length: 30_000 }, () =>
    Array.from({ length: 1 + random.integer(0, 4) }, () => random.choice(syllables)).join(""),
  );
  const prose = (bytes: number): string => {
    let text = "";
    while (text.length < bytes) text += `${vocabulary[Math.floor(30_000 * random.uniform() ** 3)]!} `;
    return text.slice(0, bytes);
  };
  const notices = Array.from({ length: 10 }, () => prose(600));
  const waiting: string[] = [];
  let earlier = prose(3000);
  for (;;) {
    if (random.chance(0.02)) {
      yield earlier;
      continue;
    }
    let text = prose(1500 + random.integer(0, 3000));
    if (random.chance(0.25)) {
      if (waiting.length === 0) {
        const passage = prose(random.choice(passageBytes));
        for (let copies = random.integer(2, 7); copies > 0; copies--) waiting.push(passage);
      }
      const place = random.integer(0, text.length);
      text = `${text.slice(0, place)}${waiting.pop()!}${text.slice(place)}`;
    }
    if (random.chance(0.1)) text += random.choice(notices);
    if (random.chance(0.05)) earlier = text;
    yield text;
  }
}

/** Write documents until their texts have so many bytes. */
async function corpusFile(name: string, megabytes: number, texts: Iterable<string>): Promise<string> {
  const folder = join(stateDirectory, "bench");
  const path = join(folder, `${name}.jsonl`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const stream = createWriteStream(`${path}.part`);
  let [number, bytes] = [0, 0];
  for (const text of texts) {
    bytes += Buffer.byteLength(text);
    if (bytes > megabytes * 1e6) break;
    if (!stream.write(`${JSON.stringify({ id: number++, text })}\n`)) await once(stream, "drain");
  }
  stream.end();
  await finished(stream);
  renameSync(`${path}.part`, path);
  return path;
}

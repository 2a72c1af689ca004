import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { SeededRandom } from "../lib/core/seeded-random.ts";
import { stateDirectory } from "../setup/paths.mjs";

const syllables =
  "car dio neur o path ia ren al hep at ic pul mon ary ther a py dose trial pla ce bo gas tr lym ph".split(
    " ",
  );
/** Shares of words that an edited copy changes; those near 1.5 % bring it near similarity 0.85. */
const editShares = [0.005, 0.01, 0.0125, 0.015, 0.0175, 0.02, 0.03, 0.05, 0.1, 0.2, 0.4];

/**
 * A JSON Lines file of `{id, text}` with planted near-duplicates, generated once and kept.
 *
 * About 3.1 kB of text a document. One document in eight is an edited copy of an earlier one (words changed at
 * random places, or one block), one in eighty an exact copy, one in twenty filled from one of ten templates.
 */
export async function nearDuplicateCorpus(documents: number): Promise<string> {
  const folder = join(stateDirectory, "bench");
  const path = join(folder, `near-duplicates-${documents}.jsonl`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const stream = createWriteStream(`${path}.part`);
  let number = 0;
  for (const words of generatedDocuments(documents, new SeededRandom(20_240_608))) {
    const line = `${JSON.stringify({ id: `document-${number++}`, text: textOf(words) })}\n`;
    if (!stream.write(line)) await once(stream, "drain");
  }
  stream.end();
  await finished(stream);
  renameSync(`${path}.part`, path);
  return path;
}

function* generatedDocuments(count: number, random: SeededRandom): Generator<string[]> {
  const vocabulary = Array.from({ length: 30_000 }, () =>
    Array.from({ length: 1 + random.integer(0, 4) }, () => random.choice(syllables)).join(""),
  );
  const word = () => vocabulary[Math.floor(vocabulary.length * random.uniform() ** 3)]!;
  const fresh = () => Array.from({ length: Math.ceil(120 + 760 * random.uniform() ** 1.4) }, word);
  const templates = Array.from({ length: 10 }, fresh);
  const earlier: string[][] = [];
  for (let number = 0; number < count; number++) {
    const draw = random.uniform();
    let words: string[];
    if (earlier.length > 0 && draw < 0.125) words = edited(random.choice(earlier), random, word);
    else if (earlier.length > 0 && draw < 0.1375) words = random.choice(earlier);
    else if (draw < 0.1875) words = scattered(random.choice(templates), 0.02, random, word);
    else words = fresh();
    if (earlier.length < 2000) earlier.push(words);
    else if (random.chance(0.05)) earlier[random.integer(0, earlier.length)] = words;
    yield words;
  }
}

function edited(words: readonly string[], random: SeededRandom, word: () => string): string[] {
  const share = random.choice(editShares);
  if (random.chance(0.8)) return scattered(words, share, random, word);
  const length = Math.max(1, Math.round(share * words.length));
  const start = random.integer(0, words.length - length + 1);
  return words.map((kept, place) => (place >= start && place < start + length ? word() : kept));
}

function scattered(words: readonly string[], share: number, random: SeededRandom, word: () => string) {
  return words.map((kept) => (random.chance(share) ? word() : kept));
}

/** Sentences and paragraphs, so that the text has the punctuation and capitals of prose. */
function textOf(words: readonly string[]): string {
  return words
    .map((word, place) => {
      const sentence = place % 14 === 0 ? word.charAt(0).toUpperCase() + word.slice(1) : word;
      if (place % 14 !== 13) return sentence;
      return place % 98 === 97 ? `${sentence}.\n\n` : `${sentence}.`;
    })
    .join(" ");
}

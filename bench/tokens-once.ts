/** Encodes the texts of a file in a process of its own: `tokens-once.ts TOKENIZER FILE`; one JSON line. */
import { readFileSync } from "node:fs";
import { loadTokenizer } from "../lib/corpus/tokens/load-tokenizer.ts";

const [tokenizerPath, path] = process.argv.slice(2);
const tokenizer = await loadTokenizer(tokenizerPath!);
const lines = readFileSync(path!, "utf8").trimEnd().split("\n");
const texts = lines.map((line) => JSON.parse(line) as string);
const before = process.cpuUsage();
let tokens = 0;
for (const text of texts) tokens += tokenizer.encode(text).length;
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ seconds: (user + system) / 1e6, tokens }));

/** Tokenizes documents into shards in a process of its own: `tokenize-once.ts TOKENIZER FILE FOLDER WORKERS`; one JSON line. */
import { rmSync } from "node:fs";
import { readDocumentLines } from "../lib/corpus/document.ts";
import { loadTokenizer } from "../lib/corpus/tokens/load-tokenizer.ts";
import { tokenizeDocuments } from "../lib/corpus/tokens/tokenize-documents.ts";

const [tokenizerPath, path, output, workers] = process.argv.slice(2) as [string, string, string, string];
const tokenizer = await loadTokenizer(tokenizerPath);
rmSync(output, { recursive: true, force: true });
const started = performance.now();
const options = { output, domain: "clinical", tokenizer, workers: Number(workers) };
const { manifest } = await tokenizeDocuments(readDocumentLines(path), options);
const seconds = (performance.now() - started) / 1000;
process.stdout.write(JSON.stringify({ seconds, tokens: manifest.tokenCount }));

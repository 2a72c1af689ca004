/** Encodes texts for the tests that compare with other languages' libraries: a JSON request in, ids out. */
import { text } from "node:stream/consumers";
import { loadTokenizer, type LoadTokenizerOptions } from "../../lib/corpus/tokens/load-tokenizer.ts";
import { trainTokenizer } from "../../lib/corpus/tokens/train-tokenizer.ts";

interface Request {
  readonly texts: readonly string[];
  /** Load this tokenizer; left out, one is trained on the texts. */
  readonly path?: string;
  readonly options?: LoadTokenizerOptions;
  readonly vocabularySize?: number;
  /** Save the tokenizer here. */
  readonly save?: string;
}

const { texts, path, options, vocabularySize = 0, save } = JSON.parse(await text(process.stdin)) as Request;
const tokenizer =
  path === undefined
    ? await trainTokenizer(
        texts.map((each) => ({ text: each })),
        { vocabularySize },
      )
    : await loadTokenizer(path, options);
if (save !== undefined) await tokenizer.save(save);
const encoded = texts.map((each) => Array.from(tokenizer.encode(each)));
const decoded = encoded.map((ids) => tokenizer.decode(ids));
process.stdout.write(JSON.stringify({ encoded, decoded }));

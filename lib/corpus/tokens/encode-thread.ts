/** A thread of tokenization: takes texts, answers with their ids. */
import { parentPort, workerData } from "node:worker_threads";
import { tokenizerFrom } from "./load-tokenizer.ts";
import { TokenList } from "./token-list.ts";
import type { TokenizerSource } from "./tokenizer.ts";

/** The one kind of task, and what comes of it. */
export interface EncodeTasks {
  readonly encode: { readonly task: readonly string[]; readonly result: EncodedTexts };
}

export interface EncodedTexts {
  /** Of all texts, one after the other. */
  readonly ids: Uint32Array<ArrayBuffer>;
  /** Number of each text's. */
  readonly counts: Uint32Array<ArrayBuffer>;
}

const tokenizer = tokenizerFrom(workerData as TokenizerSource);

parentPort!.on("message", (texts: EncodeTasks["encode"]["task"]) => {
  const list = new TokenList();
  const counts = Uint32Array.from(texts, (text) => {
    const ids = tokenizer.encode(text);
    list.addAll(ids);
    return ids.length;
  });
  const ids = list.take();
  parentPort!.postMessage({ ids, counts } satisfies EncodedTexts, [ids.buffer, counts.buffer]);
});

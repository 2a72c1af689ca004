import type { Document } from "../document.ts";
import { TaskThreads } from "../task-threads.ts";
import type { EncodedTexts, EncodeTasks } from "./encode-thread.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** A document and its ids, which are absent where they were not asked for. */
export interface EncodedDocument {
  readonly document: Document;
  readonly tokens: Uint32Array | undefined;
}

export interface EncodeInOrderOptions {
  /** The first documents, of which the ids are not needed. */
  readonly skip: number;
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
}

/** UTF-16 code units of text that are encoded before threads are started, and that a thread gets at once. */
const unitsBeforeThreads = 1 << 21;
const unitsOfTask = 1 << 18;

/**
 * Encode documents on several threads; they come out in their order.
 *
 * Memory holds the documents of two tasks a thread. Little text is encoded without threads, which take a moment to
 * start.
 */
export async function* encodeInOrder(
  documents: AsyncIterable<Document> | Iterable<Document>,
  tokenizer: Tokenizer,
  { skip, threads: threadCount, signal }: EncodeInOrderOptions,
): AsyncGenerator<EncodedDocument, void, void> {
  const { source } = tokenizer;
  const waiting: { readonly documents: readonly Document[]; readonly result: Promise<EncodedTexts> }[] = [];
  let threads: TaskThreads<EncodeTasks> | undefined;
  let task: Document[] = [];
  let taskUnits = 0;
  let units = 0;
  let count = 0;
  const send = (): void => {
    const result = threads!.ask<"encode">(task.map(({ text }) => text));
    // Whoever waits for an earlier one hears of its failure first.
    result.catch(() => {});
    waiting.push({ documents: task, result });
    task = [];
    taskUnits = 0;
  };
  try {
    for await (const document of documents) {
      if (count++ < skip) {
        yield { document, tokens: undefined };
        continue;
      }
      units += document.text.length;
      if (threadCount === 1 || source === undefined || units <= unitsBeforeThreads) {
        yield { document, tokens: tokenizer.encode(document.text) };
        continue;
      }
      threads ??= new TaskThreads<EncodeTasks>({
        source: new URL("encode-thread.ts", import.meta.url),
        threads: threadCount,
        setting: source,
        signal,
      });
      task.push(document);
      taskUnits += document.text.length;
      if (taskUnits < unitsOfTask) continue;
      send();
      while (waiting.length > 2 * threadCount) yield* takeFirst(waiting);
    }
    if (task.length > 0) send();
    while (waiting.length > 0) yield* takeFirst(waiting);
  } finally {
    await threads?.close();
  }
}

async function* takeFirst(
  waiting: { readonly documents: readonly Document[]; readonly result: Promise<EncodedTexts> }[],
): AsyncGenerator<EncodedDocument, void, void> {
  const { documents, result } = waiting.shift()!;
  const { ids, counts } = await result;
  let start = 0;
  for (const [index, document] of documents.entries()) {
    const end = start + counts[index]!;
    yield { document, tokens: ids.subarray(start, end) };
    start = end;
  }
}

import { getHeapStatistics } from "node:v8";

import type { Memory } from "../../kernel-object.ts";
import { bytesText, shownAsTable } from "./shown.ts";

export function readMemory(): Memory {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const heapLimit = getHeapStatistics().heap_size_limit;
  const memory: Memory = { resident: rss, heapUsed, heapLimit, arrayBuffers };
  return shownAsTable(memory, {
    columns: [{ name: "memory" }, { name: "size", isQuantity: true }],
    rows: [
      ["the whole process", bytesText(rss)],
      ["JavaScript objects", bytesText(heapUsed)],
      ["of at most", bytesText(heapLimit)],
      ["buffers and typed arrays", bytesText(arrayBuffers)],
    ],
  });
}

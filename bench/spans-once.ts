/** One removal of repeated spans in a process of its own: JSON with its CPU seconds, wall seconds and memory. */
import { removeRepeatedSpans } from "../lib/corpus/exact-spans/remove-repeated-spans.ts";

const [input, output, spans, minimumBytes, workers, memoryBytes] = process.argv.slice(2);
if (input === undefined || output === undefined || spans === undefined) {
  throw new Error("spans-once.ts INPUT OUTPUT SPANS MINIMUM_BYTES WORKERS [MEMORY_BYTES]");
}
const report = await removeRepeatedSpans(input, {
  output,
  spans,
  minimumBytes: Number(minimumBytes),
  workers: Number(workers),
  memoryBytes: memoryBytes === undefined ? undefined : Number(memoryBytes),
});
const { user, system } = process.cpuUsage();
process.stdout.write(
  JSON.stringify({
    report,
    cpuSeconds: (user + system) / 1e6,
    wallSeconds: report.seconds,
    memoryMegabytes: process.resourceUsage().maxRSS / 1000,
  }),
);

/** One removal of near-duplicates in a process of its own: JSON with its CPU seconds, wall seconds and memory. */
import { removeNearDuplicates } from "../lib/corpus/near-duplicates/remove-near-duplicates.ts";
import type { RemoveNearDuplicatesOptions } from "../lib/corpus/near-duplicates/remove-near-duplicates.ts";

const [input, options] = process.argv.slice(2);
if (input === undefined || options === undefined) throw new Error("dedup-once.ts INPUT OPTIONS (as JSON)");
const report = await removeNearDuplicates(input, JSON.parse(options) as RemoveNearDuplicatesOptions);
const { user, system } = process.cpuUsage();
process.stdout.write(
  JSON.stringify({
    report,
    cpuSeconds: (user + system) / 1e6,
    wallSeconds: report.seconds,
    memoryMegabytes: process.resourceUsage().maxRSS / 1000,
  }),
);

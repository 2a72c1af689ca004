/** One removal of near-duplicates in a process of its own: JSON with its CPU seconds, wall seconds and memory. */
import { removeNearDuplicates } from "../lib/corpus/near-duplicates/remove-near-duplicates.ts";

const [input, output, removed, preset, workers, pairs] = process.argv.slice(2);
if (input === undefined || output === undefined || removed === undefined) {
  throw new Error("dedup-once.ts INPUT OUTPUT REMOVED PRESET WORKERS [PAIRS]");
}
const report = await removeNearDuplicates(input, {
  output,
  removed,
  preset: preset as "lee" | "fast",
  workers: Number(workers),
  pairs,
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

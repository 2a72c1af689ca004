/** `npm run bench`: our figures against the peers', interleaved in one run; results as JSON. */
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { machine, type Benchmark, type Measurement } from "../bench/harness.ts";
import { unknownName } from "../lib/core/nearest-name.ts";
import { writeFileAtomically } from "../lib/core/write-file-atomically.ts";
import { projectRoot } from "../setup/paths.mjs";
import { failWith, parseCommandLine } from "./command-line.ts";

const benchmarks = globSync("bench/*.bench.ts", { cwd: projectRoot }).toSorted();
const names = benchmarks.map((path) => basename(path, ".bench.ts"));
const usage = `npm run bench -- [NAME ...]

Runs benchmarks against their peers and writes bench/results/NAME.json.

  NAME  ${names.join(", ")} (default: all)`;

const { positionals: chosen } = parseCommandLine(usage, {}, true);
for (const name of chosen) if (!names.includes(name)) failWith(unknownName("benchmark", name, names).message);

let missed = 0;
for (const name of chosen.length > 0 ? chosen : names) {
  process.stdout.write(`${name}\n`);
  const module: { default: Benchmark } = await import(join(projectRoot, "bench", `${name}.bench.ts`));
  const measurements = await module.default();
  for (const measurement of measurements) report(measurement);
  const document = { benchmark: name, machine: machine(), measurements };
  await writeFileAtomically(
    join(projectRoot, "bench", "results", `${name}.json`),
    `${JSON.stringify(document, null, 2)}\n`,
  );
}
process.stdout.write(missed === 0 ? "\nEvery target is met.\n" : `\n${missed} targets are missed.\n`);

function report({ what, value, unit, atMost, detail }: Measurement): void {
  const met = value <= atMost;
  if (!met) missed++;
  const shown = unit === "ratio" ? value.toFixed(2) : `${value.toPrecision(3)} ${unit}`;
  process.stdout.write(`  ${met ? "✔" : "✖"} ${what}: ${shown} (target at most ${atMost}); ${detail}\n`);
}

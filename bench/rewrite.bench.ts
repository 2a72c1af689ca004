/** The rewrite of a 20-line cell, off the wire. */
import { rewriteCell } from "../kernels/typescript/session/rewrite.ts";
import { median, milliseconds, summary, type Measurement } from "./harness.ts";

const cell = `import { readFile } from "node:fs/promises";
interface Trial { readonly id: string; arms: number; blinded?: boolean }
const trials: Trial[] = [{ id: "a", arms: 2 }, { id: "b", arms: 3, blinded: true }];
let total = 0;
for (const { arms } of trials) total += arms;
function label(trial: Trial, prefix = "trial"): string {
  const name = \`\${prefix}-\${trial.id}\`;
  return trial.blinded ? name.toUpperCase() : name;
}
class Counter<T> {
  readonly counts = new Map<T, number>();
  add(value: T): this {
    this.counts.set(value, (this.counts.get(value) ?? 0) + 1);
    return this;
  }
}
const counter = new Counter<string>();
for (const trial of trials) counter.add(label(trial));
const text = await readFile(new URL("data:,x"), "utf8").catch(() => "none");
({ total, text, counts: [...counter.counts] });`;

export default async function rewriteBenchmark(): Promise<Measurement[]> {
  const samples: number[] = [];
  for (let run = 0; run < 300; run++) {
    const elapsed = await milliseconds(async () => {
      rewriteCell(cell, { fileName: "cell.ts", kindOf: () => undefined });
    });
    if (run >= 50) samples.push(elapsed);
  }
  const what = "rewrite of a 20-line cell";
  return [{ what, value: median(samples), unit: "ms", atMost: 2, detail: summary(samples, "ms") }];
}

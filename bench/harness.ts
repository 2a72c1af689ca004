import { cpus, totalmem, release } from "node:os";

/** One row of a benchmark's result. */
export interface Measurement {
  /** What was measured, in the words of the target. */
  what: string;
  /** Median. */
  value: number;
  unit: "ratio" | "ms" | "MB" | "s" | "count";
  /** The value is to be at most this. */
  atMost: number;
  /** Medians and ranges that the value was made from, for people. */
  detail: string;
}

/** A benchmark module's default export. */
export type Benchmark = () => Promise<Measurement[]>;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Run the subjects in turn, A B A B …, so that drift of the machine's speed meets all alike. */
export async function interleave<Name extends string>(
  rounds: number,
  subjects: Record<Name, () => Promise<number>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(subjects) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) samples[name].push(await subjects[name]());
  }
  return samples;
}

/** Median over rounds of ours / peer's, each pair taken in the same round. */
export function pairedRatio(ours: readonly number[], peers: readonly number[]): number {
  return median(ours.map((value, round) => value / peers[round]!));
}

/** `12.3 (11.0-14.9) ms, 9 runs` */
export function summary(values: readonly number[], unit: string): string {
  const digits = (value: number) => value.toPrecision(3);
  const range = `${digits(Math.min(...values))}-${digits(Math.max(...values))}`;
  return `${digits(median(values))} (${range}) ${unit}, ${values.length} runs`;
}

export async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

export function machine(): Record<string, string | number> {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.versions.node,
  };
}

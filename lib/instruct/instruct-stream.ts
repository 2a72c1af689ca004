import { ArgumentError } from "../core/errors.ts";
import type { InstructSample, SampleProblem } from "./instruct-sample.ts";

/** Samples that are read once, with a report that is whole when they have all been read. */
export interface InstructStream extends AsyncIterable<InstructSample> {
  /** Counts so far; the same object all the time. */
  readonly report: InstructReport;
}

const maximumExamples = 10;

/** What became of the rows; counts add up: `rows = used + rejected`, `rejected` = the sum of `rejectedBy`. */
export class InstructReport {
  rows = 0;
  /** Rows that gave a sample or more. */
  used = 0;
  samples = 0;
  rejected = 0;
  readonly rejectedBy: Partial<Record<SampleProblem, number>> = {};
  /** Ids of the first ten rows rejected for each reason. */
  readonly examples: Partial<Record<SampleProblem, string[]>> = {};
  /** True where a generated sample stands in for the real data. */
  synthetic = false;
  isComplete = false;
  #hasBegun = false;

  /** @throws {ArgumentError} the samples were read before */
  begin(): void {
    if (this.#hasBegun) throw new ArgumentError("samples", "read once; make them again", "a second reading");
    this.#hasBegun = true;
  }

  /** Count a row: the number of its samples, or why it has none. */
  countRow(id: string, outcome: number | SampleProblem): void {
    this.rows++;
    if (typeof outcome === "number") {
      this.used++;
      this.samples += outcome;
      return;
    }
    this.rejected++;
    this.rejectedBy[outcome] = (this.rejectedBy[outcome] ?? 0) + 1;
    const examples = (this.examples[outcome] ??= []);
    if (examples.length < maximumExamples) examples.push(id);
  }
}

import type { ResultsSummary } from "../../evals/summarize-results.ts";
import type { Figure } from "../../plots/figure.ts";
import type { RunSpec } from "../../jobs/run-spec.ts";
import type { StageRecord } from "../stages/stage-record.ts";
import type { StageQuestions } from "../stages/stage.ts";
import type { StaleStage } from "../stages/stale-stages.ts";

/** All that a report shows, before it is a page. */
export interface ReportContent {
  readonly title: string;
  readonly stages: readonly ReportedStage[];
  readonly stale: readonly StaleStage[];
  readonly runs: readonly ReportedRun[];
  readonly results: readonly ReportedResults[];
  /** What a reader would look for and not find, each with how to make it. */
  readonly missing: readonly string[];
}

/** Planted facts are made up, real questions are not: a number of one is never joined with one of the other. */
export type Origin = StageQuestions | "not said";

export interface ReportedStage {
  readonly record: StageRecord;
  /** The stages that it was made from, near and far, each after its own. */
  readonly chain: readonly StageRecord[];
  readonly origin: Origin;
  /** True where it, or anything that it was made from, is restricted. */
  readonly isRestricted: boolean;
  /** Absent of a restricted stage. */
  readonly figure?: Figure;
  /** Of a restricted stage its shape alone. */
  readonly table?: {
    readonly rows: readonly Readonly<Record<string, unknown>>[] | null;
    readonly count: number;
  };
}

export interface ReportedRun {
  readonly id: string;
  readonly spec: Partial<RunSpec> | undefined;
  /** Name and value, in the order of reading. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly figures: readonly Figure[];
}

export interface ReportedResults {
  readonly file: string;
  readonly models: readonly string[];
  readonly datasets: readonly string[];
  readonly formats: readonly string[];
  readonly isRestricted: boolean;
  readonly summary: ResultsSummary;
}

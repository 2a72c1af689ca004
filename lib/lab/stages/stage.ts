/** What every stage of a study is given and gives. */
import type { Figure } from "../../plots/figure.ts";

/** What a stage makes. */
export type StageKind = "source" | "corpus" | "shards" | "run" | "model" | "results" | "figure" | "table";

/** Made-up facts or real questions: no number is of both. */
export type StageQuestions = "planted" | "real";

/** A piece of a study: it makes a folder of files from the folders of other stages. */
export interface Stage {
  /** Also its folder's name in the study: letters, digits, dots and dashes. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly kind: StageKind;
  /** On which questions its numbers are; none of a stage that has numbers of neither, or of both apart. */
  readonly questions?: StageQuestions;
  /** Plain JSON: all that its result depends on besides inputs and files; no path of a machine, no time. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Names of the stages that it reads. */
  readonly inputs: readonly string[];
  /** Files outside of the study that it reads, absolute; their bytes count, their names do not. */
  readonly files: readonly string[];
  /**
   * Globs of its outputs that hold times, paths or speeds: they are watched for changes, but stages after this one do
   * not become stale when they come out otherwise. Those of a run folder are known.
   */
  readonly notContent?: readonly string[];
  run(context: StageContext): Promise<StageResult>;
}

/** What a stage is given while it runs. */
export interface StageContext {
  /** Its own folder. It is empty, or has what an interrupted run of the same key left. */
  readonly folder: string;
  /** The folder of one of its inputs. */
  readonly input: (stage: string) => string;
  readonly signal: AbortSignal | undefined;
  readonly tell: (done: number, total: number, unit: string) => void;
}

/** What a stage gives besides its files. */
export interface StageResult {
  /** Numbers of the result, by which studies are compared. */
  readonly values?: Readonly<Record<string, StageValue>>;
  /** Written to `figure.json`. */
  readonly figure?: Figure;
  /** Written to `table.json`. */
  readonly table?: readonly object[];
  /** Of a training run. */
  readonly runId?: string;
}

/** A number of a result, with what it takes to count as the same. */
export interface StageValue {
  readonly value: number;
  /** Of 95 %, both ends included. */
  readonly interval?: readonly [number, number];
  readonly compare: Comparison;
  /** On which questions it is, in a stage that has numbers of both. @default the stage's */
  readonly questions?: StageQuestions;
}

/**
 * By what two values count as equal: `exact` within 1e-9, `trained` within 2 %, `interval` when each is inside the
 * other's interval.
 */
export type Comparison = "exact" | "trained" | "interval";

/** How far a study is. */
export interface StudyProgress {
  readonly stage: string;
  readonly title: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  /** Stages that are finished, of how many. */
  readonly finished: number;
  readonly stages: number;
}

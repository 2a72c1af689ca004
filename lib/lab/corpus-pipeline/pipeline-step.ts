/** What every step of a pipeline is given and gives. */

/** How far a step is. */
export interface PipelineProgress {
  /** Number and name of the step: "2 filter". */
  readonly step: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
}

export interface StepContext {
  /** Where the user is; paths of the pipeline are relative to it. */
  readonly folder: string;
  /** The step's own folder, empty. */
  readonly stepFolder: string;
  /** What the first step learned of retracted works: a JSON list of identifiers, as `retractedRule` takes them. */
  readonly retractedFile: string;
  readonly seed: number | string;
  readonly memoryBytes: number;
  readonly workers: number;
  readonly signal: AbortSignal | undefined;
  readonly tell: (done: number, total: number, unit: string) => void;
}

/** What a step did; counts add up: `in = kept + dropped`, `dropped` = the sum of `droppedBy`. */
export interface StepReport {
  readonly in: number;
  readonly kept: number;
  readonly dropped: number;
  readonly droppedBy: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  /** What the step's own function reports besides. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** A step that is checked and ready to run. */
export interface PipelineStep {
  readonly name: string;
  /** Everything that its result depends on besides its input; plain JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Files that it reads besides its input, absolute; their bytes count too. */
  readonly files: readonly string[];
  /** Whether it reads the context's `retractedFile`, whose bytes count then too. */
  readonly usesRetracted?: boolean;
  readonly takes: "nothing" | "documents" | "shards";
  /** "documents": `documents.jsonl` in its folder; "shards": token shards there; "plan": nothing for a next step. */
  readonly gives: "documents" | "shards" | "plan";
  /** @param input the path of the documents of the step before, or the folder of its shards; "" for the first step */
  run(input: string, context: StepContext): Promise<StepReport>;
}

/** The file that a step of documents leaves in its folder. */
export const documentsFile = "documents.jsonl";

/** The file of retracted works that the first step leaves in its folder. */
export const retractedFileName = "retracted.json";

import { join } from "node:path";

import { checkText } from "../core/arguments.ts";
import { LineCutter } from "../core/line-cutter.ts";
import { GrowingFile } from "./growing-file.ts";
import {
  parseMetricLine,
  type CheckpointRow,
  type EventRow,
  type HeldOutRow,
  type TrainRow,
} from "./metric-row.ts";

/** What a run has written about itself, one row a step. */
export interface RunMetrics {
  /** In order of steps; of a step that was trained twice, the later attempt's row. */
  readonly train: readonly TrainRow[];
  readonly heldOut: readonly HeldOutRow[];
  readonly checkpoints: readonly CheckpointRow[];
  /** In the order they were written, of all attempts. */
  readonly events: readonly EventRow[];
  /** Lines that were torn by a crash, or could not be understood. */
  readonly skippedLines: number;
}

/**
 * Reads a run's `metrics.jsonl` as it grows: each refresh reads what has come since the last, whatever the length.
 *
 * A last line that is not finished yet waits for its end. A file that has become shorter is read anew.
 *
 * @example
 * const reader = new MetricsReader(job.folder);
 * const { train } = await reader.refresh();
 */
export class MetricsReader {
  readonly #file: GrowingFile;
  readonly #lines = new LineCutter();
  #metrics = emptyMetrics();

  /** @param folder the run folder, which may have no metrics yet */
  constructor(folder: string) {
    checkText("folder", "the path of a run folder, such as job.folder", folder);
    this.#file = new GrowingFile(join(folder, "metrics.jsonl"));
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#file.offset;
  }

  /** Read what is new. The lists of an earlier result grow; none is copied. */
  async refresh(): Promise<RunMetrics> {
    await this.#file.look(
      (bytes) => {
        for (const line of this.#lines.take(bytes)) this.#takeLine(line);
      },
      () => {
        this.#lines.startAnew();
        this.#metrics = emptyMetrics();
      },
    );
    return this.#metrics;
  }

  #takeLine(line: string): void {
    if (line === "") return;
    const parsed = parseMetricLine(line);
    if (parsed === undefined) this.#metrics.skippedLines++;
    else if (parsed.kind === "train") place(this.#metrics.train, parsed.row);
    else if (parsed.kind === "eval") place(this.#metrics.heldOut, parsed.row);
    else if (parsed.kind === "checkpoint") place(this.#metrics.checkpoints, parsed.row);
    else this.#metrics.events.push(parsed.row);
  }
}

/** Read all of a run's metrics once. */
export function readMetrics(folder: string): Promise<RunMetrics> {
  return new MetricsReader(folder).refresh();
}

function emptyMetrics() {
  return {
    train: [] as TrainRow[],
    heldOut: [] as HeldOutRow[],
    checkpoints: [] as CheckpointRow[],
    events: [] as EventRow[],
    skippedLines: 0,
  };
}

/** Put a row at its step; of two rows of one step the higher attempt's stays. */
function place<Row extends { readonly step: number; readonly attempt: number }>(rows: Row[], row: Row): void {
  const index = firstNotBefore(rows, row.step);
  const held = rows[index];
  if (held?.step !== row.step) rows.splice(index, 0, row);
  else if (held.attempt <= row.attempt) rows[index] = row;
}

/** Almost every row belongs at the end; a resumed run goes back some steps. */
function firstNotBefore(rows: readonly { readonly step: number }[], step: number): number {
  if ((rows.at(-1)?.step ?? -1) < step) return rows.length;
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.step < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

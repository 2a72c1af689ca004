import { DataError } from "../../core/errors.ts";
import { GrowingLines } from "../growing-file.ts";
import type { ForeignOptions, RunReader } from "../run-reader.ts";
import { RunSeries } from "../run-series.ts";
import { parseMegatronLine } from "./megatron-line.ts";
import { parseNanogptLine } from "./nanogpt-line.ts";

export type TextLogFormat = "megatron" | "nanogpt";

/** What wrote a line of a log; undefined for chatter. */
export function textLogFormat(line: string): TextLogFormat | undefined {
  if (parseNanogptLine(line) !== undefined) return "nanogpt";
  return parseMegatronLine(line)?.kind === "step" ? "megatron" : undefined;
}

/** The log of a run as text, chatter between the steps' lines passed over. */
export class TextLog implements RunReader {
  readonly format: TextLogFormat;
  readonly series = new RunSeries();
  readonly config = undefined;
  readonly #path: string;
  readonly #lines: GrowingLines;
  readonly #tokensPerStep: number | undefined;
  #tokensPerSample = NaN;
  #lastStep = -1;

  constructor(path: string, format: TextLogFormat, { tokensPerStep }: ForeignOptions) {
    this.#path = path;
    this.format = format;
    this.#lines = new GrowingLines(path);
    this.#tokensPerStep = tokensPerStep;
  }

  get bytesRead(): number {
    return this.#lines.bytesRead;
  }

  /** @throws {DataError} a line that another program writes, or a step whose numbers cannot be read */
  async refresh(): Promise<void> {
    await this.#lines.look(
      (line, number) => this.#take(line, number),
      () => {
        this.series.clear();
        this.#lastStep = -1;
      },
    );
  }

  #take(line: string, number: number): void {
    const found = textLogFormat(line);
    if (found !== undefined && found !== this.format)
      throw this.#wrong(
        `a line of ${found} in a log of ${this.format}; give each run a file of its own`,
        number,
      );
    if (found === undefined && looksLikeStep.test(line))
      throw this.#wrong(`a step whose numbers cannot be read: ${JSON.stringify(line.slice(0, 120))}`, number);
    const parsed = this.format === "nanogpt" ? nanogptRow(line) : parseMegatronLine(line);
    if (parsed?.kind === "context-length") this.#tokensPerSample = parsed.tokens;
    if (parsed?.kind !== "step") return;
    const { row, samples } = parsed;
    const counted = samples === undefined ? NaN : samples * this.#tokensPerSample;
    const given = this.#tokensPerStep === undefined ? NaN : this.#tokensPerStep * row.step;
    // All metrics share the step: where it goes back, the run was started again.
    if (row.step < this.#lastStep) this.series.restart(row.step);
    this.#lastStep = row.step;
    const tokens = [row.tokens, counted, given].find((each) => each !== undefined && !Number.isNaN(each));
    this.series.add({ ...row, tokens });
  }

  #wrong(what: string, row: number): DataError {
    return new DataError(`${this.#path}, line ${row}: ${what}`, { path: this.#path, row });
  }
}

/** A step's line with a loss: a number in it that cannot be read is damage, not chatter. */
const looksLikeStep =
  /^step:\d+\/\d+ (?:train|val)_loss:|^s:\d+ (?:trl|tel):|^iter \d+: loss |iteration\s+\d+\/\s*\d+ \|.*\blm loss:/u;

function nanogptRow(line: string) {
  const row = parseNanogptLine(line);
  return row === undefined ? undefined : ({ kind: "step", row, samples: undefined } as const);
}

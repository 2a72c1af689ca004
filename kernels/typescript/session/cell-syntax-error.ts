import type { OxcError } from "oxc-parser";

/** A cell is not valid TypeScript; `source` and the offsets say where. */
export class CellSyntaxError extends SyntaxError {
  override readonly name = "SyntaxError";
  readonly source: string;
  readonly fileName: string;
  /** Place of the problem in `source`, in UTF-16 units. */
  readonly start: number;
  readonly end: number;

  constructor(message: string, location: { source: string; fileName: string; start: number; end: number }) {
    super(message);
    this.source = location.source;
    this.fileName = location.fileName;
    this.start = location.start;
    this.end = location.end;
  }

  /** Make the error from what the parser reported. */
  static from(
    problem: Pick<OxcError, "message" | "labels" | "helpMessage">,
    source: string,
    fileName: string,
  ): CellSyntaxError {
    const label = problem.labels.at(-1);
    const message = problem.helpMessage ? `${problem.message} (${problem.helpMessage})` : problem.message;
    const start = label?.start ?? 0;
    return new CellSyntaxError(message, { source, fileName, start, end: label?.end ?? start });
  }
}

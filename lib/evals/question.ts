import { ArgumentError } from "../core/errors.ts";
import type { Sensitivity } from "../table/sensitivity.ts";

/** A multiple-choice question, whatever data set it comes from. */
export interface Question {
  /** Unique within its data set; question texts are not. */
  readonly id: string;
  readonly dataset: string;
  /** What is asked, with the vignette before it where there is one. */
  readonly question: string;
  /** 2 to 10 answers in the data set's own order. */
  readonly options: readonly string[];
  /** 0-based place of the right one. */
  readonly answerIndex: number;
  /** Text to answer from, such as an abstract. */
  readonly context?: string;
  readonly subject?: string;
  readonly split?: string;
  /** A restricted question is sent to no endpoint elsewhere that was not confirmed for it. @default "public" */
  readonly sensitivity?: Sensitivity;
  /** The columns that the schema names, as they are in the file. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A row that is no usable question, and why. */
export interface RejectedRow {
  readonly id: string;
  readonly reason: string;
}

/**
 * The letter that stands before an option: A for the first.
 *
 * @param index from 0 to 25
 */
export function optionLetter(index: number): string {
  if (!(Number.isInteger(index) && index >= 0 && index < 26))
    throw new ArgumentError("index", "a whole number from 0 to 25", index);
  return String.fromCharCode(65 + index);
}

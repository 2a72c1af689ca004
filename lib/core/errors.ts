import { types } from "node:util";

import { describeRestricted, holdsRestricted } from "./restricted.ts";

/** Show a value in an error message: short, on one line, with its type. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return `${JSON.stringify(clip(value))} (string)`;
  if (typeof value === "bigint") return `${clip(`${value}n`)} (bigint)`;
  if (typeof value === "function") return `${value.name || "anonymous"} (function)`;
  if (types.isPromise(value)) return "a promise; an await is missing";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object")
    return `an object with keys ${clip(Object.keys(value).join(", ")) || "(none)"}`;
  return `${String(value)} (${typeof value})`;
}

function clip(text: string, maximumCharacters = 80): string {
  return text.length <= maximumCharacters ? text : `${text.slice(0, maximumCharacters)}…`;
}

/** An argument is outside what a function accepts; the reader changes the call. */
export class ArgumentError extends RangeError {
  override readonly name = "ArgumentError";
  readonly parameter: string;
  readonly received: unknown;

  /**
   * @param parameter name of the argument or option, with its path: `choices[1].text`
   * @param expected what it must be, as words that follow "must be"
   * @param received the value that came
   */
  constructor(parameter: string, expected: string, received: unknown, options?: ErrorOptions) {
    // A saved notebook keeps its errors, with what they hold.
    // What a proxy such as a row of an Arrow table holds is not known without asking it.
    const isHidden = types.isProxy(received) || holdsRestricted(received);
    const shown = isHidden ? describeRestricted(received) : undefined;
    super(`"${parameter}" must be ${expected}, got ${shown ?? describeValue(received)}`, options);
    this.parameter = parameter;
    this.received = shown ?? received;
  }
}

/** A file or a row of data is not what it should be; the reader mends the data. */
export class DataError extends Error {
  override readonly name = "DataError";
  /** Path, URL or data set name. */
  readonly path: string;
  /** 1-based line or row, where it is known. */
  readonly row: number | undefined;

  constructor(message: string, location: { path: string; row?: number | undefined }, options?: ErrorOptions) {
    super(message, options);
    this.path = location.path;
    this.row = location.row;
  }
}

/** The database refused a query; the message holds the query and the place. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly sql: string;

  constructor(message: string, sql: string, options?: ErrorOptions) {
    super(message, options);
    this.sql = sql;
  }
}

/** Restricted data would have gone where nobody approved it; nothing was sent. */
export class ApprovalError extends Error {
  override readonly name = "ApprovalError";
  /** Name of the cluster or endpoint. */
  readonly place: string;

  constructor(message: string, place: string) {
    super(message);
    this.place = place;
  }
}

/** A model cannot be loaded or reached, or its answer cannot be used. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  /** URL of the endpoint, or folder of the model. */
  readonly endpoint: string;
  /** Of HTTP, where the endpoint gave one. */
  readonly status: number | undefined;

  constructor(
    message: string,
    model: { readonly endpoint: string; readonly status?: number },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.endpoint = model.endpoint;
    this.status = model.status;
  }
}

/** A job did not start, or ended without doing its work; the message says what its log or its files tell. */
export class JobError extends Error {
  override readonly name = "JobError";
  readonly jobId: string;
  readonly state: string;
  /** The last lines of the job's log. */
  readonly logTail: string;

  constructor(
    message: string,
    job: { readonly jobId: string; readonly state: string; readonly logTail?: string },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.jobId = job.jobId;
    this.state = job.state;
    this.logTail = job.logTail ?? "";
  }
}

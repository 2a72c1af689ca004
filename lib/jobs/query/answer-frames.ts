import { JobError } from "../../core/errors.ts";
import { remoteText } from "../cluster/remote-text.ts";

/** What the program on the cluster says instead of rows. */
export interface QueryRefusal {
  /** The query's fault; a limit's; or there is no DuckDB. */
  readonly kind: "refused" | "stopped" | "missing";
  readonly message: string;
  readonly python: string;
}

/** The program answered, but not with rows. */
export class RefusedAnswer extends Error {
  override readonly name = "RefusedAnswer";
  readonly refusal: QueryRefusal;

  constructor(refusal: QueryRefusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

const headBytes = 5;
const start = Buffer.from("rounds-answer 1\n");
/** A login may greet before it runs what it was asked to. */
const maximumGreetingBytes = 64 * 1024;

/**
 * The pieces of an answer; see `answer_query.py` for their form.
 *
 * @throws {RefusedAnswer} the program says why there is none
 * @throws {JobError} what came is no answer, or not a whole one
 */
export async function* answerPieces(
  stream: AsyncIterable<Uint8Array>,
  cluster: string,
): AsyncGenerator<Uint8Array> {
  let held = Buffer.alloc(0);
  let hasStarted = false;
  for await (const bytes of stream) {
    held = Buffer.concat([held, bytes]);
    if (!hasStarted) {
      const at = held.indexOf(start);
      if (at < 0 && held.length > maximumGreetingBytes) break;
      if (at < 0) continue;
      hasStarted = true;
      held = held.subarray(at + start.length);
    }
    while (held.length >= headBytes && held.length >= headBytes + held.readUInt32BE(1)) {
      const end = headBytes + held.readUInt32BE(1);
      const payload = held.subarray(headBytes, end);
      const kind = String.fromCharCode(held[0]!);
      held = held.subarray(end);
      if (kind === "Z") return;
      if (kind === "E") throw new RefusedAnswer(JSON.parse(payload.toString("utf8")) as QueryRefusal);
      if (kind === "D") yield payload;
      else if (kind !== ".") throw broken(cluster, `a piece of the unknown kind ${JSON.stringify(kind)}`);
    }
  }
  throw broken(cluster, hasStarted ? "half an answer" : held.toString("utf8") || "nothing");
}

function broken(cluster: string, what: string): JobError {
  return new JobError(`The query on ${cluster} gave ${remoteText(what)}`, {
    jobId: cluster,
    state: "UNKNOWN",
  });
}

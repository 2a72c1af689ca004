import { ModelError } from "../core/errors.ts";

/**
 * The error that is told of a restricted request: without what the endpoint said, which may quote what it was asked.
 *
 * A saved notebook keeps its errors, with their causes.
 */
export function hideReply(error: unknown): unknown {
  if (!(error instanceof ModelError) || error.cause === undefined) return error;
  const { endpoint, status, cause } = error;
  if (status === undefined && !(cause instanceof SyntaxError))
    return new ModelError(error.message, { endpoint });
  const answer = status === undefined ? "its answer is no JSON" : `it answered with status ${status}`;
  const message = `${endpoint}: ${answer}. What it said is not shown, since what was asked is restricted`;
  return new ModelError(message, { endpoint, ...(status !== undefined && { status }) });
}

import { ArgumentError } from "../core/errors.ts";

/** Tokens of a text, without begin and end token. */
export type Encode = (text: string) => Promise<readonly number[]> | readonly number[];

/** A context and one continuation as tokens. */
export interface TokenPair {
  /** Both together. */
  readonly tokens: readonly number[];
  /** How many of them are the context's. */
  readonly contextLength: number;
}

/**
 * Cut a context and what may follow it into tokens where the texts meet.
 *
 * White space at the end of the context moves to the continuation; a continuation's tokens are those of both texts
 * together after as many as the context has by itself, as lm-evaluation-harness does it.
 *
 * @throws {ArgumentError} an empty context or continuation, or a tokenizer that joins the two across the boundary: the
 *   context's own tokens are then not the first of both, and the likelihood would be of another text
 */
export async function cutPairs(
  context: string,
  continuations: readonly string[],
  encode: Encode,
): Promise<TokenPair[]> {
  const empty = continuations.find((continuation) => continuation.trim() === "");
  if (empty !== undefined) throw new ArgumentError("continuation", "more than white space", empty);
  const kept = context.trimEnd();
  if (kept === "")
    throw new ArgumentError("context", "a text: the first token of all has no likelihood", context);
  const own = await encode(kept);
  return Promise.all(
    continuations.map(async (continuation) => {
      const tokens = await encode(context + continuation);
      if (own.length < tokens.length && own.every((token, index) => tokens[index] === token))
        return { tokens, contextLength: own.length };
      throw new ArgumentError(
        "continuation",
        "a text whose first token begins where the context ends; put white space between them",
        `${kept.slice(-20)}|${(context + continuation).slice(kept.length, kept.length + 20)}`,
      );
    }),
  );
}

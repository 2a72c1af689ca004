import { ModelError } from "../core/errors.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Encode } from "./token-boundary.ts";

/** What an endpoint may do wrong without a word; each would change scores. */
const silentFaults = {
  "no-generated-token": "scores of a prompt come without the generated token that was asked for",
  "bos-added": "a token is put before the prompt, so that scores are of another text",
  "echo-ignored": "the prompt's own log-probabilities are left out",
  "stop-not-trimmed": "outputs hold the text at which they should have ended",
} as const;

/** A fault of a server that would change scores without a word. */
export type SilentFault = keyof typeof silentFaults;

const probe = "The patient was given aspirin and sent home";

/**
 * Ask an endpoint about a text whose answer's form is known.
 *
 * @returns log-probabilities of that text's tokens after the first, which tell models of one name apart
 * @throws {ModelError} a silent fault, by its name, or log-probabilities that are no numbers
 */
export async function checkEndpoint(
  endpoint: Endpoint,
  encode: Encode,
  signal?: AbortSignal,
): Promise<readonly number[]> {
  const tokens = await encode(probe);
  let told: readonly number[] = [];
  for (const prompts of [[tokens], [probe]]) {
    const { choices } = await endpoint.score(prompts as string[], signal);
    const { tokenLogProbabilities: values, topLogProbabilities: tops } = choices[0]!;
    const fault = faultOf(values, tops?.at(-1) ?? undefined, tokens.length);
    if (fault !== undefined) throw refusal(endpoint, fault);
    checkLogProbabilities(endpoint, values.slice(1));
    told = values.slice(1, -1) as number[];
  }
  const sampling = { max_tokens: 8, temperature: 0 };
  const { choice: free } = await endpoint.complete(probe, sampling, signal);
  const stop = [...free.text].at(Math.floor([...free.text].length / 2));
  if (stop === undefined) return told;
  const { choice: stopped } = await endpoint.complete(probe, { ...sampling, stop: [stop] }, signal);
  if (stopped.text.includes(stop)) throw refusal(endpoint, "stop-not-trimmed");
  return told;
}

/**
 * Ask an endpoint that only chats for a text with a stop.
 *
 * @throws {ModelError} stop-not-trimmed
 */
export async function checkChat(endpoint: Endpoint, signal?: AbortSignal): Promise<void> {
  const asked = "Count from one to nine in digits.";
  const sampling = { max_tokens: 16, temperature: 0 };
  const { choice: free } = await endpoint.chat(asked, sampling, signal);
  const stop = [...free.text].at(Math.floor([...free.text].length / 2));
  if (stop === undefined) return;
  const { choice: stopped } = await endpoint.chat(asked, { ...sampling, stop: [stop] }, signal);
  if (stopped.text.includes(stop)) throw refusal(endpoint, "stop-not-trimmed");
}

function faultOf(
  values: readonly (number | null)[],
  lastTop: Readonly<Record<string, number>> | undefined,
  promptTokens: number,
): SilentFault | undefined {
  if (values.length === promptTokens + 1) {
    // A begin token more and the generated one less are as many: what was generated at temperature 0 is the likeliest.
    const likeliest = lastTop === undefined ? -Infinity : Math.max(...Object.values(lastTop));
    return (values.at(-1) ?? -Infinity) < likeliest - 1e-3 ? "no-generated-token" : undefined;
  }
  if (values.length <= 1) return "echo-ignored";
  return values.length === promptTokens ? "no-generated-token" : "bos-added";
}

function refusal(endpoint: Endpoint, fault: SilentFault): ModelError {
  return endpoint.error(`${fault}: ${silentFaults[fault]}; it cannot be used for scores`);
}

/** @throws {ModelError} NaN, an infinity that is not minus, a positive number, or nothing */
export function checkLogProbabilities(endpoint: Endpoint, values: readonly (number | null)[]): void {
  for (const [index, value] of values.entries()) {
    if (typeof value !== "number" || Number.isNaN(value) || value > 1e-3) {
      throw endpoint.error(`log-probability ${index + 1} of a prompt is ${value}, which is none`);
    }
  }
}

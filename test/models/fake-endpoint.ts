import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { json } from "node:stream/consumers";

/** What a server does other than it should. */
export interface Misbehaviour {
  /** Applied to the log-probabilities of each scored prompt. */
  readonly values?: (values: (number | null)[], prompt: unknown) => (number | null)[];
  /** Reply to the first so many requests for completions. */
  readonly failFirst?: { readonly count: number; readonly status: number; readonly retryAfter?: string };
  readonly keepsStop?: boolean;
  readonly reversesChoices?: boolean;
  readonly dropsConnection?: boolean;
  /** Instead of answers, so many times: nothing, headers and half of the answer and nothing more, or the connection's end there. */
  readonly failsWhileAnswering?: { readonly count: number; readonly how: "hang" | "hang-within" | "cut" };
  /** Where to send all completions instead. */
  readonly redirectsTo?: string;
  /** Added to every log-probability: another model under the same name. */
  readonly shift?: number;
  readonly onlyChats?: boolean;
  /** As our own server says it of a model that was trained on restricted data. */
  readonly sensitivity?: "restricted";
  /** What it was asked comes back: as what was wrong with the request, or as an answer that is no JSON. */
  readonly quotesRequest?: "error" | "text";
}

interface Body {
  readonly prompt: string | string[] | number[][];
  readonly echo?: boolean;
  readonly max_tokens: number;
  readonly add_special_tokens?: boolean;
  readonly stop?: string[];
  /** Of chats. */
  readonly messages?: { readonly content: string }[];
  /** Of embeddings. */
  readonly input?: string[];
}

/** One token a character. */
export function encodeCharacters(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0)!);
}

/** Log-probability of a token after another one: a fixed function, so that tests can compute it too. */
export function logProbability(before: number, token: number): number {
  return -1 - ((before * 31 + token * 17) % 97) / 10;
}

/** How often each letter is in a text, and one more, so that no vector is zero. */
function embeddingOf(text: string): number[] {
  const counts = Array<number>(27).fill(0);
  counts[26] = 1;
  for (const [letter] of text.toLowerCase().matchAll(/[a-z]/gu)) counts[letter.charCodeAt(0) - 97]!++;
  return counts;
}

/**
 * A server of the OpenAI protocol whose model is a formula, to be made to misbehave.
 *
 * The adapter's own tests need faults that no real server can be asked for; that scores are right is tested with the
 * project's own server and a real model.
 */
export async function startFakeEndpoint(misbehaviour: Misbehaviour = {}) {
  const requests: Body[] = [];
  let failures = 0;
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (value: object, status = 200, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(value));
    };
    if (request.url === "/v1/models") {
      const { sensitivity } = misbehaviour;
      const model = { id: "formula", object: "model", max_model_len: 4000, sensitivity };
      send({ object: "list", data: [model] });
      return;
    }
    const body = (await json(request)) as Body;
    if (request.url === "/tokenize" && !misbehaviour.onlyChats) {
      send({ tokens: encodeCharacters(String(body.prompt)) });
      return;
    }
    if (misbehaviour.quotesRequest === "error") {
      send({ error: { message: "1 validation error", input: body }, detail: [{ input: body }] }, 422);
      return;
    }
    if (misbehaviour.quotesRequest === "text") {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(String(body.prompt ?? body.input ?? body.messages?.[0]?.content));
      return;
    }
    if (request.url === "/v1/embeddings") {
      const texts = body.input!;
      const data = texts.map((text, index) => ({ object: "embedding", index, embedding: embeddingOf(text) }));
      send({ object: "list", data, usage: { prompt_tokens: texts.join("").length, total_tokens: 0 } });
      return;
    }
    requests.push(body);
    const { failFirst } = misbehaviour;
    if (failFirst !== undefined && failures < failFirst.count) {
      failures++;
      const headers = failFirst.retryAfter === undefined ? {} : { "retry-after": failFirst.retryAfter };
      send({ error: { message: "not now" } }, failFirst.status, headers);
      return;
    }
    if (misbehaviour.redirectsTo !== undefined) {
      response.writeHead(307, { location: misbehaviour.redirectsTo }).end();
      return;
    }
    const { failsWhileAnswering } = misbehaviour;
    if (failsWhileAnswering !== undefined && failures < failsWhileAnswering.count) {
      failures++;
      const { how } = failsWhileAnswering;
      if (how === "hang") return;
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"object": "text_completion", "choices": [');
      if (how === "cut") setTimeout(() => response.destroy(), 20);
      return;
    }
    if (misbehaviour.dropsConnection) {
      response.destroy();
      return;
    }
    if (request.url === "/v1/chat/completions") {
      const { text, finish_reason } = choiceOf(body.messages![0]!.content, 0, body, misbehaviour);
      const usage = { prompt_tokens: 5, completion_tokens: text.length, total_tokens: 0 };
      send({
        object: "chat.completion",
        choices: [{ index: 0, message: { content: text }, finish_reason }],
        usage,
      });
      return;
    }
    if (misbehaviour.onlyChats) {
      send({ error: { message: "this is a chat model" } }, 404);
      return;
    }
    const prompts = typeof body.prompt === "string" ? [body.prompt] : body.prompt;
    const choices = prompts.map((prompt, index) => choiceOf(prompt, index, body, misbehaviour));
    send({
      object: "text_completion",
      choices: misbehaviour.reversesChoices ? choices.toReversed() : choices,
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    });
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    /** Bodies of all completions asked for. */
    requests,
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function choiceOf(prompt: string | number[], index: number, body: Body, misbehaviour: Misbehaviour) {
  if (!body.echo) {
    const whole = "abcdefgh".slice(0, body.max_tokens);
    const stop = body.stop?.[0];
    const end = stop === undefined || misbehaviour.keepsStop ? -1 : whole.indexOf(stop);
    return { index, text: end < 0 ? whole : whole.slice(0, end), logprobs: null, finish_reason: "length" };
  }
  const tokens = typeof prompt === "string" ? encodeCharacters(prompt) : prompt;
  const plain = tokens.map((token, place) =>
    place === 0 ? null : logProbability(tokens[place - 1]!, token) + (misbehaviour.shift ?? 0),
  );
  const values = misbehaviour.values?.([...plain, -0.5], prompt) ?? [...plain, -0.5];
  const top = values.map((value) => (value === null ? null : { best: -1.5, own: value }));
  return {
    index,
    text: "echo",
    logprobs: { tokens: values.map(String), token_logprobs: values, top_logprobs: top },
    finish_reason: "length",
  };
}

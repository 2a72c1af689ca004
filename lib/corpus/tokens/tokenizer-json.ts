import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { fingerprint } from "../../core/hash.ts";
import { nearestName } from "../../core/nearest-name.ts";
import { bytePairPlan, type BytePairPlan } from "./byte-pair-plan.ts";
import { configFile, saveTokenizerFiles } from "./save-tokenizer.ts";
import { SegmentCache } from "./segment-cache.ts";
import { TokenList } from "./token-list.ts";
import type { Tokenizer, TokenizerSource } from "./tokenizer.ts";

/** The parts of a `tokenizer.json` that are looked at here. */
export interface TokenizerJson {
  readonly added_tokens?: readonly { readonly id: number; readonly content: string }[];
  readonly normalizer?: unknown;
  readonly pre_tokenizer?: unknown;
  readonly model: { readonly type?: string; readonly vocab?: unknown };
}

/** What is used of the library's tokenizer, whose own types do not resolve under Node's rules. */
interface AnyTokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { readonly ids: readonly number[] };
  decode(ids: readonly number[], options: { skip_special_tokens: boolean }): string;
  token_to_id(token: string): number | undefined;
  get_vocab(withAddedTokens: boolean): Map<string, number>;
}

/** Which tokens begin and end a document. */
export interface SpecialTokens {
  readonly beginToken?: string | undefined;
  readonly endToken?: string | undefined;
}

/**
 * Any `tokenizer.json` of the Hugging Face tokenizers library; ids equal that library's without special tokens.
 *
 * Begin and end token come from `tokenizer_config.json` beside it unless they are given.
 */
export async function loadTokenizerJson(path: string, special: SpecialTokens): Promise<Tokenizer> {
  const json = await readJson(path);
  const config = (await readJson(join(dirname(path), configFile), {})) as Record<string, unknown>;
  const { model } = json as unknown as Partial<TokenizerJson>;
  if (typeof model !== "object" || model === null) throw new DataError(`${path}: no "model"`, { path });
  const name = basename(path) === "tokenizer.json" ? basename(dirname(path)) : basename(path);
  return makeTokenizer(name, json as unknown as TokenizerJson, path, {
    beginToken: special.beginToken ?? tokenText(config["bos_token"]),
    endToken: special.endToken ?? tokenText(config["eos_token"]),
  });
}

async function readJson(path: string, fallback?: object): Promise<object> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (fallback !== undefined && (cause as NodeJS.ErrnoException).code === "ENOENT") return fallback;
    throw new DataError(`${path}: ${(cause as Error).message}`, { path }, { cause });
  }
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === "object" && value !== null) return value;
  } catch (cause) {
    throw new DataError(`${path}: not JSON`, { path }, { cause });
  }
  throw new DataError(`${path}: no JSON object`, { path });
}

/** A configuration names a token as a text, or as an object with more about it. */
function tokenText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const content = typeof value === "object" && value !== null ? Reflect.get(value, "content") : undefined;
  return typeof content === "string" ? content : undefined;
}

/**
 * @param path for error messages
 * @throws {DataError} what the library cannot read
 * @throws {ArgumentError} no end token, or a token that the vocabulary does not hold
 */
export function makeTokenizer(
  name: string,
  json: TokenizerJson,
  path: string,
  special: SpecialTokens,
): Tokenizer {
  let any: AnyTokenizer;
  try {
    any = new LibraryTokenizer(json, { clean_up_tokenization_spaces: false }) as AnyTokenizer;
  } catch (cause) {
    throw new DataError(`${path}: ${(cause as Error).message}`, { path }, { cause });
  }
  return new JsonTokenizer(name, json, any, special);
}

class JsonTokenizer implements Tokenizer {
  readonly source: TokenizerSource;
  readonly name: string;
  readonly fingerprint: string;
  readonly vocabularySize: number;
  readonly beginTokenId: number | null;
  readonly endTokenId: number;
  readonly #json: TokenizerJson;
  readonly #any: AnyTokenizer;
  readonly #special: { readonly beginToken: string | null; readonly endToken: string };
  /** Absent where the library does all of the work. */
  readonly #plan: BytePairPlan | undefined;
  readonly #cache: SegmentCache | undefined;

  constructor(name: string, json: TokenizerJson, any: AnyTokenizer, { beginToken, endToken }: SpecialTokens) {
    const { normalizer = null, pre_tokenizer = null, model, added_tokens = [] } = json;
    this.source = { kind: "json", name, json, special: { beginToken, endToken } };
    this.name = name;
    this.#json = json;
    this.#any = any;
    this.fingerprint = `sha256:${fingerprint({ normalizer, pre_tokenizer, model, added_tokens })}`;
    this.vocabularySize =
      any
        .get_vocab(true)
        .values()
        .reduce((most, id) => Math.max(most, id), -1) + 1;
    this.beginTokenId = beginToken === undefined ? null : this.#require("beginToken", beginToken);
    this.endTokenId = this.#require("endToken", endToken);
    this.#special = { beginToken: beginToken ?? null, endToken: endToken! };
    this.#plan = bytePairPlan(json);
    this.#cache = this.#plan && new SegmentCache(this.#plan.encodeSegment);
  }

  encode(text: string): Uint32Array {
    const wellFormed = text.toWellFormed();
    const plan = this.#plan;
    if (plan === undefined || plan.addedTokens?.test(wellFormed) === true) {
      return Uint32Array.from(this.#any.encode(wellFormed, { add_special_tokens: false }).ids);
    }
    const ids = new TokenList();
    plan.segments(wellFormed, (segment) => this.#cache!.add(segment, ids));
    return ids.take();
  }

  decode(ids: Iterable<number>): string {
    const list = [...ids];
    // The library refuses an empty list.
    return list.length === 0 ? "" : this.#any.decode(list, { skip_special_tokens: true });
  }

  tokenId(token: string): number | undefined {
    return this.#any.token_to_id(token);
  }

  save(folder: string): Promise<void> {
    return saveTokenizerFiles(folder, this.#json, this.#special);
  }

  #require(parameter: string, token: string | undefined): number {
    const id = token === undefined ? undefined : this.#any.token_to_id(token);
    if (id !== undefined) return id;
    const known = (this.#json.added_tokens ?? []).map(({ content }) => content);
    const nearest = token === undefined ? undefined : nearestName(token, known);
    const suggestion = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
    const names = known.length === 0 ? "" : `; its added tokens are ${known.slice(0, 20).join(", ")}`;
    throw new ArgumentError(parameter, `a token of ${this.name}${suggestion}${names}`, token);
  }
}

import { basename } from "node:path";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { fingerprint } from "../../core/hash.ts";
import { BytePairMerges } from "./byte-pair-merges.ts";
import { saveTokenizerFiles } from "./save-tokenizer.ts";
import { SegmentCache } from "./segment-cache.ts";
import { byteToken, characterEncoder, escapedSpace, type CharacterSymbols } from "./segment-encoders.ts";
import { sentencePieceJson } from "./sentencepiece-json.ts";
import {
  readSentencePieceModel,
  splits,
  type Piece,
  type SentencePieceModel,
} from "./sentencepiece-model.ts";
import { TokenList } from "./token-list.ts";
import type { Tokenizer, TokenizerSource } from "./tokenizer.ts";

/**
 * A byte-pair SentencePiece model with byte fallback, as Mistral's are; ids equal SentencePiece's own.
 *
 * Control tokens as `</s>` or `[INST]` are never found in text; user-defined ones are.
 *
 * @throws {DataError} no SentencePiece model, or one of another kind
 */
export async function loadSentencePiece(path: string): Promise<Tokenizer> {
  const model = await readSentencePieceModel(path);
  const reason = unsupported(model);
  if (reason !== undefined) throw new DataError(`${path}: ${reason}`, { path });
  return new SentencePieceTokenizer(basename(path), model);
}

function unsupported(model: SentencePieceModel): string | undefined {
  const { modelType, pieces } = model;
  const instead = "export it as a tokenizer.json and load that";
  if (modelType !== "bpe") return `a SentencePiece model of type ${modelType}; ${instead}`;
  const byteTokens = pieces.filter(({ type }) => type === "byte").length;
  if (!model.byteFallback || byteTokens !== 256) {
    return `a SentencePiece model without byte fallback; ${instead}`;
  }
  if (model.hasCharacterMap || model.removeExtraWhitespaces || model.whitespaceAsSuffix) {
    return `a SentencePiece model that changes characters or white space; ${instead}`;
  }
  if (!model.escapeWhitespaces || pieces.some(({ type }) => type === "unused")) {
    return `a SentencePiece model with unused pieces or unescaped spaces; ${instead}`;
  }
  if (pieces[model.endTokenId]?.type !== "control") return "a SentencePiece model without an end token";
  return undefined;
}

export class SentencePieceTokenizer implements Tokenizer {
  readonly source: TokenizerSource;
  readonly name: string;
  readonly fingerprint: string;
  readonly vocabularySize: number;
  readonly beginTokenId: number | null;
  readonly endTokenId: number;
  readonly #model: SentencePieceModel;
  readonly #ids: ReadonlyMap<string, number>;
  /** Finds pieces that are cut out of the text before anything else. */
  readonly #userDefined: { readonly texts: readonly string[]; readonly pattern: RegExp } | undefined;
  readonly #crossesSpaces: boolean;
  readonly #cache: SegmentCache;

  constructor(name: string, model: SentencePieceModel) {
    const { pieces, ...rules } = model;
    this.source = { kind: "sentencepiece", name, model };
    this.name = name;
    this.#model = model;
    this.vocabularySize = pieces.length;
    this.beginTokenId = pieces[model.beginTokenId]?.type === "control" ? model.beginTokenId : null;
    this.endTokenId = model.endTokenId;
    const defining = { pieces: pieces.map(({ text, score, type }) => [text, score, type]), ...rules };
    this.fingerprint = `sha256:${fingerprint(defining)}`;
    this.#ids = new Map(pieces.map(({ text }, id) => [text, id]));
    this.#userDefined = userDefinedPieces(pieces);
    this.#crossesSpaces = pieces.some(({ type, text }) => type === "normal" && /[^▁]▁/u.test(text));
    const byteIds = Uint32Array.from({ length: 256 }, (_, byte) => this.#ids.get(byteToken(byte))!);
    const symbols = symbolsOf(pieces);
    const merges = mergesOf(pieces, symbols);
    this.#cache = new SegmentCache(characterEncoder(symbols, merges, pieces.length, byteIds));
  }

  encode(text: string): Uint32Array {
    const ids = new TokenList();
    if (text === "") return ids.take();
    const spaced = text.toWellFormed().replaceAll(escapedSpace, " ");
    const normalized = this.#model.addDummyPrefix ? ` ${spaced}` : spaced;
    const userDefined = this.#userDefined;
    // Looking for a few texts is many times faster than the pattern of all of them.
    if (userDefined?.texts.some((piece) => normalized.includes(piece)) !== true) {
      this.#encodeSegments(normalized, ids);
    } else {
      // What the pattern captured is at the odd places.
      for (const [index, part] of normalized.split(userDefined.pattern).entries()) {
        if (index % 2 === 1) ids.add(this.#ids.get(part.replaceAll(" ", escapedSpace))!);
        else this.#encodeSegments(part, ids);
      }
    }
    return ids.take();
  }

  decode(ids: Iterable<number>): string {
    const parts: Uint8Array[] = [];
    for (const id of ids) {
      const piece = this.#model.pieces[id];
      if (piece === undefined) throw new ArgumentError("ids", `ids below ${this.vocabularySize}`, id);
      if (piece.type === "byte") parts.push(Uint8Array.of(Number.parseInt(piece.text.slice(1, -1))));
      else if (piece.type !== "control") parts.push(Buffer.from(piece.text.replaceAll(escapedSpace, " ")));
    }
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(parts));
    return this.#model.addDummyPrefix && text.startsWith(" ") ? text.slice(1) : text;
  }

  tokenId(token: string): number | undefined {
    return this.#ids.get(token);
  }

  async save(folder: string): Promise<void> {
    const { pieces } = this.#model;
    await saveTokenizerFiles(folder, sentencePieceJson(this.#model), {
      beginToken: this.beginTokenId === null ? null : pieces[this.beginTokenId]!.text,
      endToken: pieces[this.endTokenId]!.text,
    });
  }

  /** Where no piece holds a space after another character, no merge crosses the place before a run of spaces. */
  #encodeSegments(text: string, ids: TokenList): void {
    let start = 0;
    while (start < text.length) {
      let end = start;
      while (end < text.length && text.charCodeAt(end) === 0x20) end++;
      while (end < text.length && text.charCodeAt(end) !== 0x20) end++;
      if (this.#crossesSpaces) end = text.length;
      this.#cache.add(text.slice(start, end), ids);
      start = end;
    }
  }
}

function userDefinedPieces(pieces: readonly Piece[]) {
  const texts = pieces
    .filter(({ type }) => type === "user-defined")
    .map(({ text }) => text.replaceAll(escapedSpace, " "))
    // Of two that begin alike the longer one is meant.
    .toSorted((left, right) => right.length - left.length);
  if (texts.length === 0) return undefined;
  return { texts, pattern: new RegExp(`(${texts.map((text) => RegExp.escape(text)).join("|")})`, "u") };
}

function symbolsOf(pieces: readonly Piece[]): CharacterSymbols {
  const of = new Map<string, number>();
  const extra: string[] = [];
  for (const [id, { text, type }] of pieces.entries()) if (type === "normal") of.set(text, id);
  for (const text of of.keys()) {
    for (const character of text) {
      if (!of.has(character)) of.set(character, pieces.length + extra.push(character) - 1);
    }
  }
  return { of, extra };
}

/** Every way to make a piece of two symbols; equal scores share a rank, so that the leftmost pair wins. */
function mergesOf(pieces: readonly Piece[], symbols: CharacterSymbols): BytePairMerges {
  const merges = new BytePairMerges(pieces.length + symbols.extra.length);
  const ranks = scoreRanks(pieces);
  for (const [id, { text, type, score }] of pieces.entries()) {
    if (type !== "normal") continue;
    for (const [left, right] of splits(text)) {
      const [leftSymbol, rightSymbol] = [symbols.of.get(left), symbols.of.get(right)];
      if (leftSymbol === undefined || rightSymbol === undefined) continue;
      merges.add(leftSymbol, rightSymbol, ranks.get(score)!, id);
    }
  }
  return merges;
}

function scoreRanks(pieces: readonly Piece[]): Map<number, number> {
  const scores = new Set(pieces.filter(({ type }) => type === "normal").map(({ score }) => score));
  return new Map([...scores].toSorted((left, right) => right - left).map((score, rank) => [score, rank]));
}

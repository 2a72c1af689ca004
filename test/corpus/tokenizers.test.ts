import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import { BytePairMerges } from "../../lib/corpus/tokens/byte-pair-merges.ts";
import { bytePairPlan } from "../../lib/corpus/tokens/byte-pair-plan.ts";
import { loadTokenizer } from "../../lib/corpus/tokens/load-tokenizer.ts";
import type { TokenizerJson } from "../../lib/corpus/tokens/tokenizer-json.ts";
import { trainTokenizer } from "../../lib/corpus/tokens/train-tokenizer.ts";
import { sentencePieceModel, type TestPiece } from "./sentencepiece-file.ts";

const texts = [
  "The patient was given aspirin 75 mg; the patient's pain was less the next day.",
  "Naïve α-blockers, 中文 and 🫀.\n\n\tThe the THE then there.",
].map((text) => ({ text }));

const anyText = fc.string({
  unit: fc.oneof(fc.constantFrom(" ", "the", "\n", "▁", "é"), fc.string({ unit: "binary" })),
});

describe("BytePairMerges", () => {
  it("joins as the plain algorithm does: lowest rank, then leftmost, again and again", () => {
    const symbol = fc.integer({ min: 0, max: 5 });
    const pairs = fc.array(fc.tuple(symbol, symbol, fc.integer({ min: 0, max: 4 })), { maxLength: 25 });
    fc.assert(
      fc.property(pairs, fc.array(symbol, { maxLength: 40 }), (given, symbols) => {
        const merges = new BytePairMerges(100);
        const table = new Map<string, { rank: number; joined: number }>();
        for (const [index, [left, right, rank]] of given.entries()) {
          // A joined symbol can be part of a later pair.
          const joined = index % 2 === 0 ? 6 + index : index % 6;
          merges.add(left, right, rank, joined);
          if (!table.has(`${left} ${right}`)) table.set(`${left} ${right}`, { rank, joined });
        }
        const joined = Int32Array.from(symbols);
        const count = merges.join(joined, symbols.length);
        assert.deepEqual([...joined.subarray(0, count)], joinPlainly(symbols, table));
      }),
      { numRuns: 500 },
    );
  });
});

function joinPlainly(
  symbols: readonly number[],
  table: ReadonlyMap<string, { rank: number; joined: number }>,
): number[] {
  const left = [...symbols];
  for (;;) {
    let best: { place: number; rank: number; joined: number } | undefined;
    for (let place = 0; place + 1 < left.length; place++) {
      const pair = table.get(`${left[place]} ${left[place + 1]}`);
      if (pair !== undefined && (best === undefined || pair.rank < best.rank)) best = { place, ...pair };
    }
    if (best === undefined) return left;
    left.splice(best.place, 2, best.joined);
  }
}

describe("trainTokenizer", () => {
  it("encodes every text so that it decodes to itself, half surrogate pairs as U+FFFD", async () => {
    const tokenizer = await trainTokenizer(texts, { vocabularySize: 320, minimumCount: 1 });
    assert.equal(tokenizer.vocabularySize, 320);
    fc.assert(
      fc.property(anyText, fc.boolean(), (text, breaks) => {
        const given = breaks ? `${text}\ud800` : text;
        if (/<\/?s>/u.test(given)) return;
        const ids = tokenizer.encode(given);
        assert.equal(tokenizer.decode(ids), given.toWellFormed());
        assert.ok(ids.every((id) => id < 320 && id !== tokenizer.endTokenId));
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same vocabulary whatever the order of the texts", async () => {
    const one = await trainTokenizer(texts, { vocabularySize: 300 });
    const other = await trainTokenizer(texts.toReversed(), { vocabularySize: 300 });
    assert.equal(one.fingerprint, other.fingerprint);
    assert.notEqual((await trainTokenizer(texts, { vocabularySize: 265 })).fingerprint, one.fingerprint);
  });

  it("joins the most frequent pairs first, and stops where none comes often enough", async () => {
    const tokenizer = await trainTokenizer([{ text: "low lower lowest low lower low" }], {
      vocabularySize: 1000,
    });
    const pieces = Array.from({ length: tokenizer.vocabularySize - 258 }, (_, index) =>
      tokenizer.decode([258 + index]),
    );
    assert.deepEqual(pieces, ["lo", "low", " low", " lowe", " lower"]);
  });

  it("refuses what cannot be", async () => {
    await assert.rejects(trainTokenizer(texts, { vocabularySize: 258 }), { name: "ArgumentError" });
    await assert.rejects(trainTokenizer(texts, { vocabularySize: 300, endToken: "<s>" }), {
      message: /"endToken" must be another than beginToken/u,
    });
  });
});

describe("loadTokenizer", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rounds-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("loads what was saved, with the same fingerprint and ids", async () => {
    const trained = await trainTokenizer(texts, { vocabularySize: 300, name: "saved" });
    await trained.save(join(folder, "saved"));
    for (const path of ["saved", "saved/tokenizer.json"]) {
      const loaded = await loadTokenizer(join(folder, path));
      const identity = (each: typeof loaded) => {
        const { name, fingerprint, vocabularySize, beginTokenId, endTokenId } = each;
        return { name, fingerprint, vocabularySize, beginTokenId, endTokenId };
      };
      assert.deepEqual(identity(loaded), identity(trained));
      for (const { text } of texts) assert.deepEqual(loaded.encode(text), trained.encode(text));
    }
  });

  it("finds special tokens in text with the library, as its users expect", async () => {
    const tokenizer = await trainTokenizer(texts, { vocabularySize: 300 });
    const [left, right] = ["the", " patient"].map((text) => [...tokenizer.encode(text)]);
    assert.deepEqual([...tokenizer.encode("the</s> patient")], [...left!, tokenizer.endTokenId, ...right!]);
  });

  it("says what is missing or wrong", async () => {
    const path = join(folder, "bare.json");
    const trained = await trainTokenizer(texts, { vocabularySize: 300 });
    await trained.save(join(folder, "whole"));
    await writeFile(path, await readFile(join(folder, "whole/tokenizer.json")));
    await assert.rejects(loadTokenizer(path), {
      message: /"endToken" must be a token of bare\.json; its added tokens are <s>, <\/s>/u,
    });
    await assert.rejects(loadTokenizer(path, { endToken: "<s/>" }), { message: /did you mean <s>\?/u });
    assert.equal((await loadTokenizer(path, { endToken: "</s>" })).beginTokenId, null);
    await assert.rejects(loadTokenizer(join(folder, "none.json")), {
      name: "DataError",
      message: /none\.json is not there$/u,
    });
    await assert.rejects(loadTokenizer(folder), {
      name: "DataError",
      message: /has no tokenizer\.json: .* "model\.tokenizer"/u,
    });
    await writeFile(join(folder, "text.model"), "not a model");
    await assert.rejects(loadTokenizer(join(folder, "text.model")), {
      name: "DataError",
      message: /text\.model: not a SentencePiece model/u,
    });
    await writeFile(join(folder, "list.json"), "[1");
    await assert.rejects(loadTokenizer(join(folder, "list.json")), { message: /not JSON/u });
  });
});

describe("a SentencePiece model", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rounds-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const pieces: readonly TestPiece[] = [
    ["<unk>", 0, "unknown"],
    ["<s>", 0, "control"],
    ["</s>", 0, "control"],
    ["[INST]", 0, "control"],
    ["<doc>", 0, "user-defined"],
    ...Array.from({ length: 256 }, (_, byte): TestPiece => [
      `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
      0,
      "byte",
    ]),
    ...["▁▁", "ab", "abc", "bc", "▁a", "▁", "a", "b", "c"].map((text, rank): TestPiece => [
      text,
      -rank,
      "normal",
    ]),
  ];

  async function load(name: string, changed: readonly TestPiece[] = pieces, fields = {}) {
    const path = join(folder, name);
    await writeFile(path, sentencePieceModel(changed, fields));
    return loadTokenizer(path);
  }

  it("joins by score, puts one space first, and falls back to bytes", async () => {
    const tokenizer = await load("small.model");
    const tokens = (text: string) => Array.from(tokenizer.encode(text), (id) => pieces[id]![0]);
    assert.deepEqual(tokens("abc"), ["▁", "abc"]);
    assert.deepEqual(tokens(" a  bc"), ["▁▁", "a", "▁▁", "bc"]);
    assert.deepEqual(tokens("é"), ["▁", "<0xC3>", "<0xA9>"]);
    assert.deepEqual(
      tokens("</s>[INST]").filter((token) => pieces.slice(0, 4).some(([text]) => text === token)),
      [],
    );
    assert.deepEqual(tokens("a<doc>b"), ["▁a", "<doc>", "b"]);
    assert.deepEqual(tokens(""), []);
    assert.deepEqual([tokenizer.beginTokenId, tokenizer.endTokenId, tokenizer.tokenId("[INST]")], [1, 2, 3]);
    assert.equal(tokenizer.decode([1, ...tokenizer.encode("abc"), 2]), "abc");
  });

  it("decodes every text to itself but that ▁ becomes a space", async () => {
    const tokenizer = await load("round.model");
    fc.assert(
      fc.property(anyText, (text) => {
        assert.equal(tokenizer.decode(tokenizer.encode(text)), text.toWellFormed().replaceAll("▁", " "));
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same ids as the tokenizer.json that it saves", async () => {
    const tokenizer = await load("saved.model");
    await tokenizer.save(folder);
    const saved = await loadTokenizer(folder);
    const random = new SeededRandom(5);
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: random.integer(1, 30) }, () =>
        random.choice(["a", "b", "c", " ", "é"]),
      ).join("");
      assert.deepEqual(saved.encode(text), tokenizer.encode(text), JSON.stringify(text));
    }
  });

  it("of another kind is refused with what to do", async () => {
    const refused: [string, readonly TestPiece[], object, RegExp][] = [
      ["unigram", pieces, { modelType: 1 }, /of type unigram; export it as a tokenizer\.json/u],
      ["bytes", pieces.filter(([, , type]) => type !== "byte"), {}, /without byte fallback/u],
      ["spaces", pieces, { removeExtraWhitespaces: true }, /changes characters or white space/u],
      ["end", pieces, { endTokenId: 7 }, /without an end token/u],
    ];
    for (const [name, changed, fields, message] of refused) {
      await assert.rejects(load(`${name}.model`, changed, fields), { name: "DataError", message });
    }
  });
});

describe("bytePairPlan", () => {
  it("is there for the usual kinds, and for no other", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rounds-"));
    try {
      await (await trainTokenizer(texts, { vocabularySize: 300 })).save(folder);
      const json = JSON.parse(await readFile(join(folder, "tokenizer.json"), "utf8")) as TokenizerJson;
      assert.ok(bytePairPlan(json));
      const split = {
        type: "Split",
        pattern: { Regex: "\\p{N}{1,3}| ?\\p{L}+" },
        behavior: "Isolated",
        invert: false,
      };
      const bytes = { type: "ByteLevel", add_prefix_space: false, use_regex: false };
      const sequence = (...pretokenizers: object[]) => ({
        ...json,
        pre_tokenizer: { type: "Sequence", pretokenizers },
      });
      assert.ok(bytePairPlan(sequence(split, bytes)));
      const others = [
        { ...json, normalizer: { type: "Lowercase" } },
        { ...json, model: { ...json.model, dropout: 0.1 } },
        { ...json, model: { ...json.model, type: "Unigram" } },
        { ...json, pre_tokenizer: null },
        sequence({ ...split, behavior: "Removed" }, bytes),
        sequence({ ...split, pattern: { Regex: "\\w+" } }, bytes),
        sequence({ type: "Digits" }, bytes),
      ];
      for (const other of others) assert.equal(bytePairPlan(other as TokenizerJson), undefined);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

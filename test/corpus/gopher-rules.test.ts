import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { filterPreset } from "../../lib/corpus/filter/filter-preset.ts";
import {
  alphabeticWordFraction,
  bulletLineFraction,
  ellipsesPerWord,
  ellipsisLineFraction,
  hashSignsPerWord,
  meanWordLength,
  stopWordCount,
} from "../../lib/corpus/filter/gopher-rules.ts";
import {
  duplicateCharacterFraction,
  duplicateFraction,
  ngramRepetition,
} from "../../lib/corpus/filter/repetition.ts";
import { TextUnits } from "../../lib/corpus/filter/text-units.ts";

/** The first reason that a preset gives. */
function reasonOf(preset: "gopher-quality" | "gopher-repetition", text: string): string | undefined {
  const document = { id: "d", text, source: "", licence: null, metadata: {}, sensitivity: "public" as const };
  for (const rule of filterPreset(preset)) {
    const verdict = rule.judge(document, new TextUnits(text));
    if (verdict !== undefined && "drop" in verdict) return verdict.drop;
  }
  return undefined;
}

/** The definitions, by comparing all with all. */
function slowRepetition(words: readonly string[], n: number) {
  const total = words.join("").length;
  const grams = words
    .slice(0, Math.max(0, words.length - n + 1))
    .map((_, place) => words.slice(place, place + n).join(" "));
  const counts = new Map<string, number>();
  const covered = new Set<number>();
  for (const [place, gram] of grams.entries()) {
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
    if (counts.get(gram)! > 1) for (let word = place; word < place + n; word++) covered.add(word);
  }
  const characters = (gram: string) => gram.replaceAll(" ", "").length;
  const most = Math.max(0, ...counts.values());
  const top =
    most < 2
      ? 0
      : Math.max(...[...counts].filter(([, count]) => count === most).map(([gram]) => characters(gram))) *
        most;
  const repeated = [...covered].reduce((sum, word) => sum + words[word]!.length, 0);
  return {
    n,
    topFraction: total === 0 ? 0 : Math.min(1, top / total),
    duplicateFraction: total === 0 ? 0 : repeated / total,
  };
}

const prose = "the nurse and the doctor have to be with patients of that ward when".split(" ");
/** Prose without repetition: words that each come once, with the stop words among them. */
const fresh = [
  ...prose,
  ...Array.from({ length: 60 }, (_, index) => `word${String.fromCodePoint(97 + (index % 26))}${index}`),
].join(" ");

describe("ngramRepetition", () => {
  it("gives what comparing all with all gives", () => {
    const words = fc.array(fc.constantFrom("a", "bb", "ccc", "d"), { maxLength: 40 });
    fc.assert(
      fc.property(words, (held) => {
        for (const [index, found] of ngramRepetition(held, 10).entries()) {
          const expected = slowRepetition(held, index + 2);
          assert.equal(found.n, expected.n);
          assert.ok(
            Math.abs(found.topFraction - expected.topFraction) < 1e-12,
            JSON.stringify([held, found, expected]),
          );
          assert.ok(
            Math.abs(found.duplicateFraction - expected.duplicateFraction) < 1e-12,
            JSON.stringify([held, found, expected]),
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("the measures of Gopher's rules", () => {
  const units = (text: string) => new TextUnits(text);

  it("of lines and paragraphs count what came before", () => {
    assert.equal(duplicateFraction(["a", "b", "a", "a"]), 0.5);
    assert.equal(duplicateFraction([]), 0);
    assert.equal(duplicateCharacterFraction(["aaa", "b", "b"]), 1 / 5);
    assert.deepEqual(units("a\n \nb\nc\n\n\nd").paragraphs, ["a", "b\nc", "d"]);
    assert.deepEqual(units(" a\n\n b ").lines, ["a", "b"]);
  });

  it("of words count as cutting does", () => {
    const piece = fc.constantFrom(
      "a",
      "é",
      " ",
      "\n",
      "\t",
      "\u00a0",
      "\u2003",
      "\u3000",
      "\ufeff",
      "😀",
      "\u200b",
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join("");
        const expected = text.split(/\s+/u).filter((word) => word !== "");
        assert.equal(units(text).wordCount, expected.length);
        assert.deepEqual(units(text).words, expected);
      }),
    );
  });

  it("of words and signs are shares of words", () => {
    assert.equal(meanWordLength(units("ab abcd")), 3);
    assert.equal(hashSignsPerWord(units("# a #b c")), 0.5);
    assert.equal(ellipsesPerWord(units("a... b… c d")), 0.5);
    assert.equal(alphabeticWordFraction(units("a1 22 -- é")), 0.5);
    assert.equal(stopWordCount(units("The that, that AND xyz")), 3);
  });

  it("of lines look at their ends", () => {
    assert.equal(bulletLineFraction(units("- a\n• b\nc\n* d")), 0.75);
    assert.equal(ellipsisLineFraction(units("a...\nb…\nc\nd")), 0.5);
  });

  it("are 0 or small for a text without words", () => {
    for (const measure of [
      meanWordLength,
      hashSignsPerWord,
      ellipsesPerWord,
      bulletLineFraction,
      ellipsisLineFraction,
      alphabeticWordFraction,
      stopWordCount,
    ]) {
      assert.equal(measure(units(" \n ")), 0);
    }
  });
});

describe("the presets", () => {
  it("let fresh prose pass", () => {
    assert.equal(reasonOf("gopher-quality", fresh), undefined);
    assert.equal(reasonOf("gopher-repetition", fresh), undefined);
  });

  it("judge a text of 40 MB", () => {
    const text = `${fresh}\n`.repeat(90_000);
    assert.ok(text.length > 40e6);
    assert.equal(reasonOf("gopher-quality", text), "gopher-too-many-words");
    const numbered = Array.from({ length: 800_000 }, (_, index) => `word${index}`).join(" ");
    assert.equal(reasonOf("gopher-repetition", numbered), undefined);
  });

  it("drop for each reason of quality", () => {
    const cases: Record<string, string> = {
      "gopher-too-few-words": "the dose and the ward",
      "gopher-too-many-words": `${fresh} `.repeat(1500),
      "gopher-short-words": `the and ${"a b c d ".repeat(20)}`,
      "gopher-long-words": `the and ${"extraordinarily ".repeat(60)}`,
      "gopher-hash-signs": `${fresh} ${"#tag ".repeat(20)}`,
      "gopher-ellipses": `${fresh} ${"wait... ".repeat(20)}`,
      "gopher-bullet-lines": fresh
        .split(" ")
        .map((word) => `- ${word}word`)
        .join("\n"),
      "gopher-ellipsis-lines": `${`${fresh.replaceAll(" ", " and ")}\n`.repeat(2)}so…\nwell…`,
      "gopher-not-alphabetic": `${fresh} ${"1234 ".repeat(40)}`,
      "gopher-no-stop-words": "dose ".repeat(60),
    };
    for (const [reason, text] of Object.entries(cases))
      assert.equal(reasonOf("gopher-quality", text), reason);
  });

  it("drop for each reason of repetition", () => {
    const words = (count: number, seed: string) =>
      Array.from({ length: count }, (_, index) => `${seed}${index}x`).join(" ");
    const every = new Set(filterPreset("gopher-repetition").flatMap(({ reasons }) => reasons));
    const seen = new Set<string>();
    const add = (text: string, expected: string) => {
      assert.equal(reasonOf("gopher-repetition", text), expected);
      seen.add(expected);
    };
    add(`${words(5, "a")}\nx\nx\nx`, "gopher-duplicate-lines");
    add(`a1\n\na2\n\nb\nc\nd\ne\n\na1\n\na2\n\na1`, "gopher-duplicate-lines");
    add(
      `${words(9, "p")}\nq\n\n${words(9, "p")}\nq\n\n${Array.from({ length: 9 }, (_, index) => words(3, `k${index}`)).join("\n")}`,
      "gopher-duplicate-paragraphs",
    );
    add(
      `${words(20, "a")}\n${words(6, "b")}\n${words(6, "c")}\n${words(20, "a")}`,
      "gopher-duplicate-line-characters",
    );
    const repeatedGram = (n: number, copies: number, fill: number) =>
      Array.from({ length: copies }, (_, copy) => `${words(n, "g")} ${words(fill, `f${copy}y`)}`).join(" ");
    add(repeatedGram(2, 20, 3), "gopher-top-2-gram");
    add(repeatedGram(3, 20, 7), "gopher-top-3-gram");
    add(repeatedGram(4, 20, 10), "gopher-top-4-gram");
    for (const n of [5, 6, 7, 8, 9, 10]) add(differentGrams(n), `gopher-duplicate-${n}-grams`);
    assert.deepEqual(
      [...every].filter((reason) => !seen.has(reason)),
      ["gopher-duplicate-paragraph-characters"],
    );
    const paragraph = `${words(40, "a")}\n${words(2, "b")}`;
    const lines = Array.from({ length: 4 }, (_, index) => words(15, `l${index}`)).join("\n\n");
    const rule = filterPreset("gopher-repetition").find(
      ({ name }) => name === "gopher: duplicate-paragraph-characters",
    )!;
    const text = `${paragraph}\n\n${lines}\n\n${paragraph}`;
    const document = {
      id: "d",
      text,
      source: "",
      licence: null,
      metadata: {},
      sensitivity: "public" as const,
    };
    assert.deepEqual(rule.judge(document, new TextUnits(text)), {
      drop: "gopher-duplicate-paragraph-characters",
    });
  });
});

/** Many different runs of n words, each twice: too much repeated for n, not for shorter ones, none for longer. */
function differentGrams(n: number): string {
  const share = { 5: 0.16, 6: 0.145, 7: 0.135, 8: 0.125, 9: 0.115, 10: 0.105 }[n]!;
  const runs = 20;
  const fill = Math.floor((runs * n) / share / (2 * runs) - n);
  const pieces: string[] = [];
  for (let copy = 0; copy < 2; copy++) {
    for (let run = 0; run < runs; run++) {
      for (let word = 0; word < n; word++)
        pieces.push(`g${String(run).padStart(3, "0")}${word}`.padEnd(6, "x"));
      for (let word = 0; word < fill; word++)
        pieces.push(`f${copy}${run}a${word}`.padEnd(6, "z").slice(0, 7));
    }
  }
  return pieces.join(" ");
}

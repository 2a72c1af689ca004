/** Planted facts: only who knows them is above chance, and they are in the corpus as often as they should be. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assert as assertProperty, constantFrom, integer, property, record } from "fast-check";
import { sha256 } from "../../../lib/core/hash.ts";
import type { Document } from "../../../lib/corpus/document.ts";
import type { Question } from "../../../lib/evals/question.ts";
import { factKinds } from "../../../lib/lab/study/fact-kinds.ts";
import { plantedFacts, plantFacts } from "../../../lib/lab/study/planted-facts.ts";

const options = record({ seed: integer({ min: 0, max: 1e6 }), count: constantFrom(48, 72, 192, 240) });

/** Ways to choose among options without looking at what is asked. */
const blind: Readonly<Record<string, (question: Question) => number>> = {
  "the second place": () => 1,
  "the longest": ({ options: held }) =>
    held.indexOf(held.toSorted((one, other) => other.length - one.length || (one < other ? -1 : 1))[0]!),
  "the first of the alphabet": ({ options: held }) => held.indexOf(held.toSorted()[0]!),
  "a favourite value": ({ options: held }) =>
    indexOfBest(held, (option) => parseInt(sha256(option).slice(0, 8), 16)),
};

function indexOfBest(held: readonly string[], score: (option: string) => number): number {
  const scores = held.map(score);
  return scores.indexOf(Math.max(...scores));
}

describe("plantedFacts", () => {
  it("gives a quarter, exactly, to whoever does not look at what is asked", () => {
    assertProperty(
      property(options, (given) => {
        const { training, test } = plantedFacts(given).questions;
        for (const [name, choose] of Object.entries(blind)) {
          for (const half of [training, test]) {
            const right = half.filter((question) => choose(question) === question.answerIndex).length;
            assert.equal(right, half.length / 4, name);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  it("asks of each fact once, its value among four of its kind, and of other facts in each half", () => {
    assertProperty(
      property(options, (given) => {
        const { facts, questions } = plantedFacts(given);
        assert.equal(facts.length, given.count);
        const all = [...questions.training, ...questions.test];
        assert.equal(new Set(all.map(({ id }) => id)).size, given.count);
        const values = Map.groupBy(facts, ({ kind }) => kind);
        for (const question of all) {
          const fact = facts.find(
            ({ kind, entity }) => question.subject === kind && question.question.includes(entity),
          )!;
          assert.equal(question.options[question.answerIndex], fact.value);
          assert.equal(fact.half, question.split);
          assert.equal(new Set(question.options).size, 4);
          const ofKind = new Set(values.get(fact.kind)!.map(({ value }) => value));
          assert.ok(question.options.every((option) => ofKind.has(option)));
        }
      }),
      { numRuns: 10 },
    );
  });

  it("is the same for a seed, another for another, and refuses a count without whole blocks", () => {
    assert.deepEqual(plantedFacts({ seed: 3 }), plantedFacts({ seed: 3 }));
    assert.notDeepEqual(plantedFacts({ seed: 3 }), plantedFacts({ seed: 4 }));
    assert.throws(() => plantedFacts({ count: 100 }), /"count" must be a multiple of 24, got 100/u);
  });

  it("tells every fact in less than the hundred bytes that the exact deduplication looks for", () => {
    const { facts } = plantedFacts({ count: 6000 });
    const sentences = new Map(factKinds.map(({ name, statements }) => [name, statements]));
    for (const { kind, entity, value } of facts)
      for (const statement of sentences.get(kind)!)
        assert.ok(Buffer.byteLength(statement(entity, value)) < 100);
  });
});

describe("plantFacts", () => {
  const document = (id: string, text: string): Document => ({
    id,
    text,
    source: "generated",
    licence: "CC0-1.0",
    metadata: {},
    sensitivity: "public",
  });
  const texts = [
    "# A heading\nOne sentence. Another one.\n\nA last paragraph.",
    "No heading. Two sentences.",
    "# Only a heading",
  ];
  const documents = texts.map((text, index) => document(`d${index}`, text));

  it("states each fact as often as asked, in sentences of their own, and leaves the rest as it was", () => {
    const { facts } = plantedFacts({ count: 48 });
    const planted = plantFacts(documents, facts, { statements: 7, seed: 5 });
    const all = planted.map(({ text }) => text).join("\n");
    const sentences = new Map(factKinds.map(({ name, statements }) => [name, statements]));
    for (const { kind, entity, value } of facts) {
      const told = sentences.get(kind)!.map((statement) => all.split(statement(entity, value)).length - 1);
      assert.deepEqual(
        told.toSorted((left, right) => left - right),
        [1, 1, 1, 1, 1, 2],
      );
    }
    const left = planted.map(({ text }) =>
      facts.reduce((rest, { kind, entity, value }) => {
        for (const statement of sentences.get(kind)!) rest = rest.replaceAll(statement(entity, value), "");
        return rest;
      }, text),
    );
    assert.deepEqual(
      left.map((text) => text.replaceAll(/[ ]+/gu, " ").replaceAll(/^ | $/gmu, "").trim()),
      texts,
    );
    assert.deepEqual(plantFacts(documents, facts, { statements: 7, seed: 5 }), planted);
  });
});

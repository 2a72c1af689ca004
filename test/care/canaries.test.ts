/** Canaries: how they are made and planted, and what the test says of models that know some, none, or all of them. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";

import { testCanaries, type CanaryModel } from "../../lib/care/canaries/canary-report.ts";
import {
  canarySentence,
  makeCanaries,
  readCanaries,
  writeCanaries,
  type CanarySet,
} from "../../lib/care/canaries/canary.ts";
import { plantCanaries } from "../../lib/care/canaries/plant-canaries.ts";
import { sha256 } from "../../lib/core/hash.ts";

/** A model that has read some sentences and takes every other number for as likely as its hash says. */
function modelOf(known: ReadonlySet<string>): CanaryModel {
  const secretAfter = (prefix: string): string =>
    [...known].find((sentence) => sentence.startsWith(prefix))?.slice(prefix.length + 1, -1) ?? "no idea";
  return {
    name: "hashes",
    fingerprint: "sha256:0",
    logLikelihood: async (requests) =>
      requests.map(({ context, continuations }) =>
        continuations.map((text) => ({
          sum: known.has(`${context}${text}.`)
            ? 0
            : -1 - Number.parseInt(sha256(context + text).slice(0, 8), 16),
        })),
      ),
    generate: async (requests) => requests.map(({ prompt }) => ({ text: ` ${secretAfter(prompt)}. The` })),
  };
}

async function plantedTexts(set: CanarySet, texts: readonly string[]) {
  const planted = plantCanaries(
    texts.map((text, index) => ({ id: `d${index}`, text, licence: "CC0-1.0" })),
    set,
  );
  const documents = [];
  for await (const document of planted) documents.push(document);
  return { documents, report: planted.report };
}

describe("makeCanaries", () => {
  it("gives sentences apart from each other, controls first, the same for a seed", () => {
    const set = makeCanaries({ seed: 1, repetitions: [3, 9], perGroup: 40, digits: 4 });
    assert.deepEqual(set, makeCanaries({ seed: 1, repetitions: [9, 3, 0], perGroup: 40, digits: 4 }));
    assert.equal(new Set(set.canaries.map(({ prefix }) => prefix)).size, 120);
    assert.deepEqual(
      [0, 3, 9].map((times) => set.canaries.filter(({ repetitions }) => repetitions === times).length),
      [40, 40, 40],
    );
    for (const { secret } of set.canaries) assert.match(secret, /^\d{4}$/u);
    assert.notDeepEqual(set.canaries, makeCanaries({ seed: 2, repetitions: [3, 9], perGroup: 40 }).canaries);
    assert.throws(
      () => makeCanaries({} as { seed: number }),
      /"seed" must be given, a new one for each training/u,
    );
    assert.throws(() => makeCanaries({ seed: 1, repetitions: [-1] }), /"repetitions"/u);
  });

  it("is written for this user alone and read again", async (test) => {
    const folder = mkdtempSync(join(tmpdir(), "rounds-canaries-"));
    test.after(() => rmSync(folder, { recursive: true }));
    const set = makeCanaries({ seed: "s" });
    const path = join(folder, "canaries.json");
    await writeCanaries(path, set);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(await readCanaries(path), set);
    writeFileSync(join(folder, "other.json"), '{"version":1}');
    await assert.rejects(readCanaries(join(folder, "other.json")), /holds no canaries/u);
    await assert.rejects(readCanaries(join(folder, "none.json")), /cannot read canaries/u);
  });
});

describe("plantCanaries", () => {
  it("plants each as often as it says, as paragraphs, and leaves all else as it was", async () => {
    const text = fc
      .array(fc.stringMatching(/^[a-z .]{1,20}$/u), { maxLength: 4 })
      .map((all) => all.join("\n\n"));
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(text, { minLength: 1, maxLength: 12 }), async (seed, texts) => {
        const set = makeCanaries({ seed, repetitions: [1, 7], perGroup: 2 });
        const { documents, report } = await plantedTexts(set, texts);
        const sentences = new Map(set.canaries.map((canary) => [canarySentence(canary), canary]));
        const times = new Map<string, number>();
        for (const [index, document] of documents.entries()) {
          const rest = document.text.split("\n\n").filter((paragraph) => {
            const canary = sentences.get(paragraph);
            if (canary !== undefined) times.set(canary.id, (times.get(canary.id) ?? 0) + 1);
            return canary === undefined;
          });
          assert.equal(rest.join("\n\n"), texts[index]);
          assert.equal(document.licence, "CC0-1.0");
        }
        for (const { id, repetitions } of set.canaries) {
          assert.equal(times.get(id) ?? 0, repetitions);
          assert.equal(report.documentsOf[id]?.length ?? 0, repetitions);
        }
        assert.deepEqual([report.planted, report.isComplete], [16, true]);
        assert.deepEqual((await plantedTexts(set, texts)).documents, documents);
      }),
      { numRuns: 60 },
    );
  });

  it("will not plant fewer than it says", async () => {
    const set = makeCanaries({ seed: 1 });
    assert.throws(() => plantCanaries(new Set([{ id: "a", text: "" }]), set), /told for a stream/u);
    for (const documentCount of [1, 3]) {
      const planted = plantCanaries(
        [1, 2].map((id) => ({ id: `${id}`, text: "" })),
        set,
        { documentCount },
      );
      await assert.rejects(async () => {
        for await (const _ of planted);
      }, /"documentCount" must be the number of documents that come/u);
      assert.equal(planted.report.isComplete, false);
    }
  });
});

describe("testCanaries", () => {
  const set = makeCanaries({ seed: 6, repetitions: [1, 8], perGroup: 4 });
  const sentencesOf = (times: readonly number[]): Set<string> =>
    new Set(set.canaries.filter(({ repetitions }) => times.includes(repetitions)).map(canarySentence));

  it("finds what a model knows and nothing else", async () => {
    const report = await testCanaries(modelOf(sentencesOf([8])), set);
    assert.equal(report.isMemorised, true);
    assert.deepEqual(
      report.groups.map(({ repetitions, extracted, exposed }) => [repetitions, extracted, exposed]),
      [
        [0, 0, 0],
        [1, 0, 0],
        [8, 4, 4],
      ],
    );
    assert.equal(report.groups[2]!.meanExposure, Math.log2(1000), "first of a thousand");
    const secrets = set.canaries.map(({ secret }) => secret);
    const shown = JSON.stringify(report);
    for (const secret of secrets) assert.ok(!shown.includes(secret), "no secret is in the report");
  });

  it("says nothing where a control is known, and no where none is", async () => {
    assert.equal((await testCanaries(modelOf(new Set()), set)).isMemorised, false);
    assert.equal((await testCanaries(modelOf(sentencesOf([0, 8])), set)).isMemorised, null);
  });

  it("gives unseen secrets ranks that are even, and a false alarm in one training of twenty", async () => {
    let alarms = 0;
    const ranks: number[] = [];
    const exposures: number[] = [];
    for (let seed = 0; seed < 40; seed++) {
      const unseen = makeCanaries({ seed, repetitions: [1], perGroup: 5, digits: 3 });
      const { canaries, isMemorised, ranked } = await testCanaries(modelOf(new Set()), unseen);
      assert.equal(ranked, 1000, "all of a small space");
      if (isMemorised !== false) alarms++;
      for (const { rank, exposure } of canaries) {
        ranks.push(rank);
        exposures.push(exposure);
      }
    }
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    assert.ok(Math.abs(mean(ranks) - 500.5) < 4 * (1000 / Math.sqrt(12 * 400)), `mean rank ${mean(ranks)}`);
    assert.ok(Math.abs(mean(exposures) - 1 / Math.LN2) < 4 / Math.LN2 / 20, `exposure ${mean(exposures)}`);
    assert.ok(alarms <= 10, `${alarms} of 40, where 4 are expected`);
  });

  it("puts a model that finds all alike in the middle", async () => {
    const flat: CanaryModel = {
      ...modelOf(new Set()),
      logLikelihood: async (requests) =>
        requests.map(({ continuations }) => continuations.map(() => ({ sum: -1 }))),
    };
    const { canaries, isMemorised } = await testCanaries(flat, set);
    assert.equal(isMemorised, false);
    for (const { rank } of canaries) assert.equal(rank, 500.5);
  });

  it("refuses too few alternatives, and stops", async () => {
    const many = makeCanaries({ seed: 1, perGroup: 200 });
    await assert.rejects(testCanaries(modelOf(new Set()), many), /at least 15999 for 800 canaries/u);
    const few = makeCanaries({ seed: 1, perGroup: 50, digits: 3 });
    await assert.rejects(testCanaries(modelOf(new Set()), few), /of more digits or fewer canaries/u);
    const stop = AbortSignal.abort(new Error("enough"));
    await assert.rejects(testCanaries(modelOf(new Set()), set, { signal: stop }), /enough/u);
  });
});

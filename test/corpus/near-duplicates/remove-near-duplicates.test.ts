/** Near-duplicate removal against the definition, computed pair by pair from the words themselves. */
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { removeNearDuplicates } from "../../../lib/corpus/near-duplicates/remove-near-duplicates.ts";
import {
  corpus,
  deduplicate,
  linesOf,
  plainClusters,
  plainJaccard,
  plainPairs,
  temporaryFolder,
} from "./duplicate-cases.ts";

const threshold = 0.85;
const words = (start: number, count: number) =>
  Array.from({ length: count }, (_, place) => `w${start + place}`).join(" ");

describe("removeNearDuplicates", () => {
  it("finds the pairs and clusters of the definition", { timeout: 120_000 }, async (test) => {
    const folder = temporaryFolder(test);
    await fc.assert(
      fc.asyncProperty(corpus, async (texts) => {
        const expected = plainPairs(texts, threshold);
        const clusters = plainClusters(texts.length, expected);
        const clusterFile = join(folder, "clusters.jsonl");
        const { pairs, removed, output, report } = await deduplicate(folder, [linesOf(texts)], {
          preset: "lee",
          clusters: clusterFile,
        });
        const inOrder = pairs.toSorted((one, other) => one.left - other.left || one.right - other.right);
        assert.deepEqual(inOrder, expected);
        const expectedRemoved = clusters.flatMap((earliest, id) => (earliest === id ? [] : [id]));
        assert.deepEqual(
          removed.map(({ id }) => id).toSorted((one, other) => one - other),
          expectedRemoved,
        );
        for (const line of removed) {
          assert.equal(line.cluster, clusters[line.id]);
          assert.equal(line.jaccard, plainJaccard(texts[line.id]!, texts[line.kept]!));
          assert.ok(line.jaccard >= threshold);
        }
        const sizes = Map.groupBy(clusters, (earliest) => earliest);
        const clusterLines = [...sizes]
          .filter(([, members]) => members.length > 1)
          .map(([cluster, members]) => {
            const others = texts.flatMap((text, id) =>
              id !== cluster && clusters[id] === cluster ? [text] : [],
            );
            const lowestJaccard = Math.min(...others.map((text) => plainJaccard(texts[cluster]!, text)));
            return `${JSON.stringify({ cluster, size: members.length, lowestJaccard })}\n`;
          });
        assert.equal(readFileSync(clusterFile, "utf8"), clusterLines.join(""));
        const keptLines = texts.map((text, id) => linesOf([text], id)).filter((_, id) => clusters[id] === id);
        assert.equal(output, keptLines.join(""));
        assert.equal(report.documents, report.kept + report.removed);
        assert.equal(report.pairs, expected.length);
        assert.equal(report.withoutWords, texts.filter((text) => !/[\p{L}\p{N}]/u.test(text)).length);
      }),
      { numRuns: 12 },
    );
  });

  it(
    "gives the same bytes for any number of threads and any cut into files",
    { timeout: 120_000 },
    async (test) => {
      const folder = temporaryFolder(test);
      await fc.assert(
        fc.asyncProperty(corpus, fc.nat(), async (texts, cut) => {
          const place = cut % (texts.length + 1);
          const whole = await deduplicate(folder, [linesOf(texts)]);
          const files = [linesOf(texts.slice(0, place)), "", linesOf(texts.slice(place), place)];
          const inParts = await deduplicate(folder, files, { workers: 2 });
          assert.equal(inParts.output, whole.output);
          assert.equal(inParts.removedText, whole.removedText);
          assert.equal(inParts.pairsText, whole.pairsText);
          const withoutPairs = await deduplicate(folder, files, { pairs: undefined, memoryBytes: 64e6 });
          assert.equal(withoutPairs.removedText, whole.removedText);
        }),
        { numRuns: 6 },
      );
    },
  );

  it("names the same partners whether or not all pairs are asked for", async (test) => {
    const folder = temporaryFolder(test);
    // The last reaches the first by way of either of the two between; the shorter of them is met first.
    const lines = linesOf([words(6, 294), words(20, 302), words(20, 298), words(38, 300)]);
    const [withPairs, without] = [
      await deduplicate(folder, [lines]),
      await deduplicate(folder, [lines], { pairs: undefined }),
    ];
    assert.deepEqual(
      withPairs.removed.map(({ kept }) => kept),
      [0, 0, 2],
    );
    assert.equal(withPairs.removedText, without.removedText);
  });

  it(
    "cuts an input of many ranges into its lines, whatever their length",
    { timeout: 120_000 },
    async (test) => {
      const folder = temporaryFolder(test);
      const long = words(0, 900_000);
      const texts = [
        ...Array.from({ length: 3000 }, (_, place) => words(place * 400, 300)),
        long,
        "one two",
        long,
      ];
      const lines = linesOf(texts);
      assert.ok(lines.length > 16 << 20);
      const { report, removed, output } = await deduplicate(folder, [lines], {
        workers: 2,
        memoryBytes: 64e6,
      });
      assert.equal(report.documents, texts.length);
      assert.deepEqual(removed, [{ id: 3002, kept: 3000, jaccard: 1, cluster: 3000 }]);
      assert.ok(output === linesOf(texts.slice(0, -1)));
    },
  );

  it(
    "compares a thousand documents of one template without joining them",
    { timeout: 60_000 },
    async (test) => {
      const texts = Array.from(
        { length: 1000 },
        (_, place) => `${words(0, 100)} ${words(1000 * (place + 1), 30)}`,
      );
      const { report } = await deduplicate(temporaryFolder(test), [linesOf(texts)], { bands: 64, rows: 2 });
      assert.equal(report.candidates, 1000);
      assert.equal(report.removed, 0);
    },
  );

  it("keeps lines as they are: spaces, order of properties, numbers, line ends", async (test) => {
    const lines = [
      `\ufeff { "text" : "${words(0, 20)}", "id":"a" , "x": 1.50}\r\n`,
      "\n",
      "\r\n",
      `{"id":7,"text":"${words(100, 20)}"}\n`,
      `{"id":"b","text":"${words(0, 20).toUpperCase()}"}\n`,
      `{"id":"c","text":"Caf\\u00e9 \\ud800 ${words(200, 20)}"}`,
    ];
    const { output, removed, report } = await deduplicate(temporaryFolder(test), [lines.join("")]);
    // The mark at the start of the file is no part of its first line.
    assert.equal(output, `${lines[0]!.slice(1)}${lines[3]}${lines[5]}\n`);
    assert.deepEqual(removed, [{ id: "b", kept: "a", jaccard: 1, cluster: "a" }]);
    assert.equal(report.blankLines, 2);
  });

  it("says where bytes are not UTF-8, and keeps them", async (test) => {
    const [before, after] = [linesOf(["one"]), '{"id":5,"text":"caf'].map((text) => Buffer.from(text));
    const input = Buffer.concat([before!, after!, Buffer.from([0xe9]), Buffer.from(' au lait"}\n')]);
    const folder = temporaryFolder(test);
    const { report, output } = await deduplicate(folder, [input]);
    assert.match(report.warnings.join(), /1 lines hold bytes that are not UTF-8.*input-0\.jsonl, line 2/u);
    assert.equal(output, input.toString());
    assert.equal(report.documents, 2);
  });

  it("writes empty files for an empty input", async (test) => {
    const { report, output, removedText } = await deduplicate(temporaryFolder(test), ["", "\n"]);
    assert.deepEqual([output, removedText, report.documents, report.kept], ["", "", 0, 0]);
  });

  it("spills less than 4 kB a document at 450 x 20, and warns of a setting that finds nothing", async (test) => {
    const texts = Array.from({ length: 50 }, (_, place) => words(place * 100, 60));
    const folder = temporaryFolder(test);
    const { report } = await deduplicate(folder, [linesOf(texts)], { preset: "lee" });
    assert.ok(report.spillBytes / 50 <= 4000);
    assert.deepEqual(report.warnings, []);
    const literal = await deduplicate(folder, [linesOf(texts)], { bands: 15, rows: 400 });
    assert.match(literal.report.warnings.join(), /8\.8e-28/u);
  });
});

describe("removeNearDuplicates, given what it cannot work with", () => {
  const good = linesOf(["one two three", "four five six"]);
  const cases: [string, string[], RegExp][] = [
    [
      "a line that is not JSON",
      [good, `${linesOf(["x"], 5)}\n{"id": 1, "te`],
      /input-1\.jsonl, line 3: not JSON/u,
    ],
    ["a line that is a list", [`${good}[1]\n`], /line 3: not a JSON object: \[1\]/u],
    ["no text", [`${good}{"id":9,"body":"x"}\n`], /line 3: no "text"; the properties are id, body; --field/u],
    ["a text that is null", [`${good}{"id":9,"text":null}\n`], /line 3: "text" must be a text, got null/u],
    ["no identifier", [`${good}{"text":"x"}\n`], /line 3: no "id"; the properties are text; --id/u],
    [
      "an identifier that rounds",
      [`{"id":9007199254740993,"text":"x"}\n`],
      /line 1: "id" must be a text or a whole/u,
    ],
    [
      "an identifier twice",
      [good, `\n${linesOf(["x"], 1)}`],
      /input-1\.jsonl, line 2: the identifier 1 is that of .*input-0\.jsonl, line 2/u,
    ],
    ["a compressed file", ["\x1f\x8b\x08\x00"], /compressed; unpack it first/u],
    ["a file in UTF-16", ["\xff\xfe{\x00"], /text in UTF-16; convert it to UTF-8 first/u],
    ["a Parquet file", ["PAR1\x15\x04"], /a Parquet file, not lines of JSON/u],
  ];
  for (const [name, files, message] of cases) {
    it(`stops at ${name} and writes nothing`, async (test) => {
      const folder = temporaryFolder(test);
      const contents = files.map((file) => Buffer.from(file, "latin1"));
      await assert.rejects(deduplicate(folder, contents), { name: "DataError", message });
      assert.deepEqual(
        readdirSync(folder).filter((file) => !file.startsWith("input")),
        [],
      );
    });
  }

  it("refuses options out of range and paths that would overwrite each other", async (test) => {
    const folder = temporaryFolder(test);
    const input = join(folder, "in.jsonl");
    writeFileSync(input, good);
    const paths = { output: join(folder, "out.jsonl"), removed: join(folder, "removed.jsonl") };
    const refused = (change: object, message: RegExp) =>
      assert.rejects(removeNearDuplicates(input, { ...paths, ...change }), {
        name: "ArgumentError",
        message,
      });
    await refused({ threshold: 0 }, /"threshold" must be in \(0, 1\], got 0/u);
    await refused({ threshold: 85 }, /"threshold" must be in \(0, 1\], got 85/u);
    await refused({ preset: "slow" }, /"preset" must be one of "lee", "fast"/u);
    await refused({ bands: 10 }, /"rows" must be given beside bands/u);
    await refused({ workers: 0 }, /"workers" must be a whole number from 1 to 256/u);
    await refused({ output: input }, /"output" must be a path of its own, not that of an input/u);
    await refused({ removed: paths.output }, /"removed" must be a path of its own, not that of "output"/u);
    // Renaming a result onto these would fail at the end of the work, or replace the device.
    await refused({ output: folder }, /"output" must be the path of a file, got/u);
    await refused({ removed: "/dev/null" }, /"removed" must be the path of a file, got "\/dev\/null"/u);
    await refused(
      { removed: join(input, "x") },
      /"removed" must be a path in a folder, which .*in\.jsonl is not/u,
    );
    await refused({ work: input }, /"work" must be a path of its own, not that of an input/u);
    await assert.rejects(removeNearDuplicates([input, input], paths), {
      name: "ArgumentError",
      message: /"inputs" must be each file once, got .*in\.jsonl/u,
    });
    await assert.rejects(removeNearDuplicates(join(folder, "none.jsonl"), paths), {
      name: "DataError",
      message: /none\.jsonl is not there/u,
    });
  });

  it("stops when the input changes, and leaves earlier results alone", async (test) => {
    const folder = temporaryFolder(test);
    const input = join(folder, "in.jsonl");
    const [output, removed] = [join(folder, "out", "out.jsonl"), join(folder, "out", "removed.jsonl")];
    mkdirSync(join(folder, "out"));
    writeFileSync(input, good);
    writeFileSync(output, "earlier\n");
    let isChanged = false;
    const onProgress = () => {
      if (!isChanged) appendFileSync(input, "\n");
      isChanged = true;
    };
    await assert.rejects(removeNearDuplicates(input, { output, removed, workers: 1, onProgress }), {
      name: "DataError",
      message: /was changed while it was read/u,
    });
    assert.deepEqual(readdirSync(join(folder, "out")), ["out.jsonl"]);
  });

  it("stops at once when it is told to, and leaves no file", async (test) => {
    const folder = temporaryFolder(test);
    const texts = Array.from({ length: 2000 }, (_, place) => words(place, 300));
    const abort = new AbortController();
    const interrupted = new Error("stop");
    const run = deduplicate(folder, [linesOf(texts)], {
      preset: "lee",
      signal: abort.signal,
      onProgress: () => abort.abort(interrupted),
    });
    await assert.rejects(run, interrupted);
    assert.deepEqual(readdirSync(folder), ["input-0.jsonl"]);
  });
});

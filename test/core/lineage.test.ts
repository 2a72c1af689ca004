/** The register of what Rounds wrote: newest of each path, upwards and downwards, whatever else goes on. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import * as fc from "fast-check";
import {
  madeFrom,
  madeOf,
  notedSensitivity,
  notedSensitivityAbove,
  readLineage,
  recordMade,
  type Made,
} from "../../lib/core/lineage.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { withEnvironment } from "../data/with-environment.ts";

function register(t: TestContext): string {
  const folder = join(temporaryFolder(t), "lineage");
  withEnvironment(t, { ROUNDS_LINEAGE: folder });
  return folder;
}

const made = (
  path: string,
  from: readonly string[],
  more: Partial<Made> = {},
): Made & { readonly sensitivity: "public" | "restricted" } => ({
  kind: "table",
  path,
  from,
  sensitivity: "public",
  step: "test",
  ...more,
});

const pathsOf = (records: readonly { readonly path: string }[]): string[] => records.map(({ path }) => path);

describe("lineage", () => {
  it("holds the newest record of each path in files that only the user reads", (t) => {
    const folder = register(t);
    assert.deepEqual(readLineage(), [], "before anything was made");
    recordMade(made("/a/out.parquet", ["/a/in.csv"]));
    recordMade(made("/a/out.parquet", ["/a/other.csv", "/a/other.csv"], { dataset: "notes" }));
    const [record, ...others] = readLineage();
    assert.deepEqual(others, []);
    assert.deepEqual(record!.from, ["/a/other.csv"]);
    assert.equal(record!.dataset, "notes");
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    const [name] = readdirSync(folder);
    assert.equal(statSync(join(folder, name!)).mode & 0o777, 0o600);
  });

  it("keeps each list of sources of a cache, which grows", (t) => {
    register(t);
    for (const from of ["/q/1.jsonl", "/q/2.jsonl", "/q/1.jsonl"])
      recordMade(made("/c/replies.jsonl", [from], { kind: "cache" }));
    assert.deepEqual(pathsOf(madeOf("/q/1.jsonl")), ["/c/replies.jsonl"]);
    assert.deepEqual(pathsOf(madeOf("/q/2.jsonl")), ["/c/replies.jsonl"]);
    assert.equal(readLineage().length, 2);
  });

  it("follows a corpus down to the answers of the model that read it, and back up", (t) => {
    register(t);
    recordMade(made("/w/clean.jsonl", ["/raw/notes.csv", "/raw/papers.jsonl"]));
    recordMade(made("/w/shards", ["/w/clean.jsonl"], { kind: "shards" }));
    recordMade(made("/runs/r1", ["/w/shards"], { kind: "run" }));
    recordMade(made("/runs/r1/export/40", ["/runs/r1/checkpoints/40"], { kind: "model" }));
    recordMade(made("/w/results.jsonl", ["/runs/r1/export/40", "/q/medqa.jsonl"], { kind: "results" }));
    recordMade(made("/w/shards-2", ["/raw/other.csv"], { kind: "shards" }));
    const down = ["/w/clean.jsonl", "/w/shards", "/runs/r1", "/runs/r1/export/40", "/w/results.jsonl"];
    assert.deepEqual(pathsOf(madeOf("/raw/notes.csv")), down);
    assert.deepEqual(pathsOf(madeOf("/raw")), [...down.slice(0, 1), "/w/shards-2", ...down.slice(1)]);
    const up = pathsOf(madeFrom("/w/results.jsonl"));
    assert.equal(up[0], "/w/results.jsonl");
    assert.deepEqual(up.toSorted(), down.toSorted());
    assert.deepEqual(pathsOf(madeOf("/w/shards-2/tokens-00000.bin")), [], "a leaf");
    assert.ok(pathsOf(madeOf("/w/shards/tokens-00000.bin")).includes("/runs/r1"), "a file of a folder");
  });

  it("notes as restricted what is made of something restricted, file or folder", (t) => {
    register(t);
    recordMade(made("/w/notes", ["/raw/notes.csv"], { sensitivity: "restricted" }));
    recordMade(made("/w/clean.jsonl", ["/w/notes/documents.jsonl", "/raw/papers.jsonl"]));
    recordMade(made("/w/shards", ["/w/clean.jsonl"], { kind: "shards" }));
    recordMade(made("/w/papers.jsonl", ["/raw/papers.jsonl"]));
    assert.equal(notedSensitivity("/w/shards"), "restricted");
    assert.equal(notedSensitivity("/w/papers.jsonl"), "public");
  });

  it("knows what lies anywhere below a restricted folder, but what was noted by itself", (t) => {
    const folder = register(t);
    recordMade(made("/w/sheet", [], { kind: "sheet", sensitivity: "restricted" }));
    recordMade(made("/w/sheet/counts.csv", []));
    const known = ["/w/sheet", "/w/sheet/review.csv", "/w/sheet/a/b.csv", "/w/sheet/counts.csv", "/w/b.csv"];
    const noted = known.map((path) => notedSensitivityAbove(path));
    assert.deepEqual(noted, ["restricted", "restricted", "restricted", "public", "public"]);
    recordMade(made("/w/made.csv", ["/w/sheet/a/b.csv"]));
    assert.equal(notedSensitivity("/w/made.csv"), "restricted");
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), "{");
    assert.equal(notedSensitivity("/w/sheet/counts.csv"), "restricted", "what cannot be read is not public");
  });

  it("finds downwards exactly what leads back up, in any graph", (t) => {
    register(t);
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(30), { maxLength: 4 }), { minLength: 1, maxLength: 12 }),
        (graph) => {
          const name = (place: number): string => `/g/n${place}`;
          const records = graph.map((from, place) => ({
            version: 1 as const,
            madeAt: "",
            ...made(
              name(place),
              from.map((each) => name(each % Math.max(1, place))).filter(() => place > 0),
            ),
          }));
          for (const { path } of records)
            for (const other of records)
              assert.equal(
                madeOf(path, records).includes(other),
                other.path !== path && madeFrom(other.path, records).some((each) => each.path === path),
              );
        },
      ),
      { numRuns: 60 },
    );
  });

  it("names folders where there are too many sources, and leaves URLs as they are", (t) => {
    register(t);
    const many = Array.from({ length: 3000 }, (_, index) => `/many/${index % 7}/${index}.txt`);
    recordMade(made("/w/all.jsonl", [...many, "https://example.org/set"]));
    const [record] = readLineage();
    assert.equal(record!.from.filter((each) => each.startsWith("/many/")).length, 7);
    assert.deepEqual(pathsOf(madeOf("/many/3/3.txt")), ["/w/all.jsonl"]);
    recordMade(made("/w/fetched.parquet", ["https://example.org/set"]));
    assert.deepEqual(pathsOf(madeOf("https://example.org/set")), ["/w/all.jsonl", "/w/fetched.parquet"]);
  });

  it("that cannot be written stops restricted work and not public work", (t) => {
    const folder = register(t);
    writeFileSync(folder, "a file is there");
    recordMade(made("/a/public.parquet", []));
    assert.throws(() => recordMade(made("/a/secret.parquet", [], { sensitivity: "restricted" })), {
      name: "DataError",
      message: /The register .* cannot be written, so nothing was made/u,
    });
    assert.ok(existsSync(folder));
  });
});

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { sha256OfFile } from "../../lib/core/hash.ts";
import { findDataset, loadCatalogue } from "../../lib/data/catalogue.ts";
import { mirrorFolder, noMirror } from "./mirror-folder.ts";

const catalogue = loadCatalogue();

describe("the catalogue", () => {
  it("gives byte-for-byte files an address at their full commit, and conversions none", () => {
    for (const { name, url, sources, traps } of catalogue.entries) {
      if (url === null) {
        assert.ok(
          traps.some((trap) => /from a mirror alone/u.test(trap)),
          name,
        );
        continue;
      }
      const { repository, commit, path } = sources[0]!;
      assert.equal(url, `https://raw.githubusercontent.com/${repository}/${commit}/${path}`);
    }
  });

  it("names samples that exist", () => {
    for (const { sample } of catalogue.entries) {
      assert.ok(sample === null || existsSync(join(catalogue.sampleFolder, sample)), String(sample));
    }
  });

  for (const { name, mirrorPath, sha256 } of catalogue.entries) {
    it(`knows the SHA-256 of ${name}`, { skip: noMirror }, async () => {
      assert.equal(await sha256OfFile(join(mirrorFolder, mirrorPath)), sha256);
    });
  }
});

describe("findDataset", () => {
  it("suggests the nearest name", () => {
    assert.equal(findDataset("medmcqa-dev").rows, 4183);
    assert.throws(() => findDataset("pubmedqa"), {
      name: "ArgumentError",
      message: /must be one of pmc-rct, .* \(did you mean pubmedqa-labelled\?\), got "pubmedqa"/u,
    });
  });
});

describe("loadCatalogue", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rounds-catalogue-"));
  });
  after(() => rm(folder, { recursive: true }));

  const good = catalogue.entries.find((entry) => entry.name === "medmcqa-dev")!;
  const { tier: _tier, ...withoutTier } = good;
  const keyed = findDataset("pubmedqa-labelled");
  const { keyColumn: _keyColumn, ...withoutKey } = keyed;

  const wrong: [string, unknown, RegExp][] = [
    ["no list", {}, /must be \{"version": 1, "datasets": \[\.\.\.\]\}/u],
    ["another version", { version: 2, datasets: [] }, /"version": 1/u],
    ["a field too few", [withoutTier], /medmcqa-dev\.tier must be one of A, B, got undefined/u],
    [
      "a misspelt field",
      [{ ...good, license: "MIT" }],
      /medmcqa-dev has no field license \(did you mean licence\?\)/u,
    ],
    [
      "a short commit",
      [{ ...good, sources: [{ ...good.sources[0], commit: "392943a" }] }],
      /sources\[0\]\.commit must be a full commit/u,
    ],
    [
      "an address at a branch",
      [{ ...good, url: "https://host.example/main/dev.json" }],
      /must hold the full commit/u,
    ],
    [
      "a path that leads out",
      [{ ...good, mirrorPath: "qa/../../passwords" }],
      /mirrorPath must be a relative path/u,
    ],
    ["an absolute path", [{ ...good, mirrorPath: "/etc/passwd" }], /mirrorPath must be a relative path/u],
    ["a sample in a folder", [{ ...good, sample: "a/b.jsonl" }], /sample must be a file name/u],
    [
      "a wrong column",
      [{ ...good, schema: [{ name: "a", type: "", description: "b" }] }],
      /schema\[0\]\.type must be/u,
    ],
    ["keyed JSON without the key's column", [withoutKey], /keyColumn must be given/u],
    ["a name twice", [good, good], /names medmcqa-dev twice/u],
    ["something else", [null], /datasets\[0\] must be an object, got null/u],
  ];
  for (const [title, content, message] of wrong) {
    it(`refuses ${title}`, async () => {
      const path = join(folder, "catalogue.json");
      await writeFile(
        path,
        JSON.stringify(Array.isArray(content) ? { version: 1, datasets: content } : content),
      );
      assert.throws(() => loadCatalogue(path), { name: "DataError", path, message });
    });
  }

  it("says what is wrong with a file that is not JSON or not there", async () => {
    const path = join(folder, "broken.json");
    await writeFile(path, "{");
    assert.throws(() => loadCatalogue(path), { name: "DataError", message: /broken\.json is no JSON: /u });
    assert.throws(() => loadCatalogue(join(folder, "none.json")), {
      name: "DataError",
      message: /^the catalogue .*none\.json is not there$/u,
    });
  });
});

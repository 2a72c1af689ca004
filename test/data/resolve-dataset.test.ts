import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { sha256 } from "../../lib/core/hash.ts";
import { type Catalogue, dataFolder, findDataset, loadCatalogue } from "../../lib/data/catalogue.ts";
import "../../lib/data/register-datasets.ts";
import { resolveDataset } from "../../lib/data/resolve-dataset.ts";
import { open } from "../../lib/table/open.ts";
import { mirrorFolder, noMirror } from "./mirror-folder.ts";
import { MisbehavingServer, serving, status } from "./misbehaving-server.ts";
import { withEnvironment } from "./with-environment.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "rounds-resolve-"));
  await cp(join(dataFolder, "sample"), join(folder, "sample"), { recursive: true });
});
after(() => rm(folder, { recursive: true }));

const commit = findDataset("medmcqa-dev").sources[0]!.commit;
const body = Buffer.from('{"question":"Which?"}\n');

/** MedMCQA's entry with a tiny file, at an address of our own. */
async function catalogueAt(address: string | null): Promise<Catalogue> {
  const url = address === null ? null : `${address}/${commit}/dev.json`;
  const entry = { ...findDataset("medmcqa-dev"), url, bytes: body.length, sha256: sha256(body) };
  const path = join(folder, "catalogue.json");
  await writeFile(path, JSON.stringify({ version: 1, datasets: [entry, findDataset("plos-starter")] }));
  return loadCatalogue(path);
}

describe("resolveDataset", () => {
  it("lets the sample stand in where nothing holds the data, and says so", async (context) => {
    withEnvironment(context, {});
    const server = await MisbehavingServer.start(body, status(500));
    context.after(() => server.stop());
    const catalogue = await catalogueAt(server.address);
    const found = await resolveDataset("medmcqa-dev", { catalogue, retries: 0 });
    assert.deepEqual([found.origin, found.synthetic], ["sample", true]);
    assert.equal(found.path, join(folder, "sample", "synthetic-medmcqa-dev.jsonl"));
    assert.match(
      found.notice!,
      /^Synthetic sample instead of medmcqa-dev: generated text, no real data. Why: server error \(.* answers 500 Internal Server Error\)\. ROUNDS_DATA_MIRROR can/u,
    );
    const strict = resolveDataset("medmcqa-dev", { catalogue, retries: 0, fallback: "error" });
    await assert.rejects(strict, { name: "DataError", message: /500 Internal Server Error/u });
  });

  it("never lets it stand in for a file that is there but wrong", async (context) => {
    withEnvironment(context, { ROUNDS_DATA_MIRROR: folder });
    const server = await MisbehavingServer.start(body, serving(Buffer.alloc(body.length)));
    context.after(() => server.stop());
    const catalogue = await catalogueAt(server.address);
    await assert.rejects(resolveDataset("medmcqa-dev", { catalogue }), { message: /it was removed/u });
    await mkdir(join(folder, "qa"), { recursive: true });
    await writeFile(join(folder, "qa", "medmcqa_dev.jsonl"), "changed");
    await assert.rejects(resolveDataset("medmcqa-dev", { catalogue }), {
      message: /is not the file that the catalogue/u,
    });
    await rm(join(folder, "qa"), { recursive: true });
  });

  it("takes the real data when the network has it", async (context) => {
    withEnvironment(context, {});
    const server = await MisbehavingServer.start(body, serving(body));
    context.after(() => server.stop());
    const found = await resolveDataset("medmcqa-dev", { catalogue: await catalogueAt(server.address) });
    assert.deepEqual([found.origin, found.synthetic, found.notice], ["download", false, undefined]);
  });

  it("obeys ROUNDS_DATA", async (context) => {
    withEnvironment(context, { ROUNDS_DATA: "sample" });
    const catalogue = await catalogueAt(null);
    const sample = await resolveDataset("medmcqa-dev", { catalogue });
    assert.match(sample.notice!, /Why: ROUNDS_DATA=sample$/u);
    await assert.rejects(resolveDataset("plos-starter", { catalogue }), { message: /has no sample/u });
    process.env["ROUNDS_DATA"] = "real";
    await assert.rejects(resolveDataset("medmcqa-dev", { catalogue }), {
      message: /set ROUNDS_DATA_MIRROR/u,
    });
    process.env["ROUNDS_DATA"] = "sampel";
    await assert.rejects(resolveDataset("medmcqa-dev", { catalogue }), {
      name: "ArgumentError",
      message: /"ROUNDS_DATA" must be one of auto, real, sample/u,
    });
  });
});

/** Names and types, without the quotes that field names may have or not. */
function described(columns: readonly { name: string; type: string }[]): string[] {
  return columns.map(({ name, type }) => `${name} ${type.replaceAll('"', "")}`).sort();
}

describe("open by name", () => {
  const names = ["pmc-rct", "openstax-medical", "openstax-general", "medquad", "pubmedqa-labelled"];
  const questionSets = ["medqa-test", "medmcqa-dev", "mmlu-medical"];

  for (const name of [...names, ...questionSets]) {
    it(`gives ${name} the catalogue's columns, the sample's as the real one's`, async (context) => {
      withEnvironment(context, { ROUNDS_DATA: "sample" });
      const { schema, rows } = findDataset(name);
      const expected = described(schema);
      const sample = await open(name);
      assert.deepEqual(described(await sample.columns()), expected);
      if (noMirror) return;
      process.env["ROUNDS_DATA"] = "real";
      process.env["ROUNDS_DATA_MIRROR"] = mirrorFolder;
      const real = await open(name);
      assert.deepEqual(described(await real.columns()), expected);
      assert.equal(await real.count(), rows);
    });
  }
});

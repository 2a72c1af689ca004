/** Generated token shards and a tiny model's configuration, for tests that train. */
import { join } from "node:path";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import { writeTokenShards } from "../../lib/corpus/tokens/write-shards.ts";
import { trainConfig, type TrainConfig, type TrainConfigOverrides } from "../../lib/train/train-config.ts";

const vocabularySize = 96;

/** Documents that count up from somewhere: a tiny model learns them in a few steps. */
export async function writeTinyShards(folder: string, domain: string, seed: number): Promise<string> {
  const random = new SeededRandom(seed);
  const samples = Array.from({ length: 200 }, (_, index) => {
    const first = random.integer(0, vocabularySize);
    const length = random.integer(20, 60);
    const tokens = Uint32Array.from(
      { length },
      (_each, place) => 1 + ((first + place) % (vocabularySize - 1)),
    );
    return {
      id: `${domain}-${index}`,
      source: "generated",
      licence: "CC0-1.0",
      sensitivity: "public" as const,
      tokens,
    };
  });
  const fingerprint = `sha256:${"0".repeat(64)}`;
  const tokenizer = { name: "counting", fingerprint, vocabularySize, beginTokenId: null, endTokenId: 0 };
  await writeTokenShards(join(folder, domain), samples, { domain, tokenizer });
  return join(folder, domain);
}

/** Two domains, a model of 30,000 parameters, rows of 32 tokens. */
export async function tinyConfig(
  folder: string,
  optimization: TrainConfigOverrides["optimization"],
  checkpoint: TrainConfigOverrides["checkpoint"] = {},
): Promise<TrainConfig> {
  const clinical = await writeTinyShards(folder, "clinical", 1);
  const general = await writeTinyShards(folder, "general", 2);
  const heldOut = await writeTinyShards(join(folder, "held-out"), "clinical", 3);
  return trainConfig("pretraining", {
    model: {
      preset: "tiny-mistral",
      shape: {
        hiddenSize: 32,
        intermediateSize: 64,
        layers: 2,
        attentionHeads: 2,
        keyValueHeads: 1,
        vocabularySize,
      },
    },
    data: {
      train: [
        { domain: "clinical", path: clinical, weight: 3 },
        { domain: "general", path: general, weight: 1 },
      ],
      heldOut: [{ domain: "clinical", path: heldOut, rows: 4 }],
      contextLength: 32,
    },
    optimization: { rowsPerStep: 4, rowsPerMicroBatch: 2, ...optimization },
    heldOutEverySteps: 5,
    checkpoint: { everySteps: 5, ...checkpoint },
  });
}

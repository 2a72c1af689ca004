/** Event files, against one that TensorBoard 2.21's own writer wrote, and against the format's description. */
import assert from "node:assert/strict";
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";

import { maskedCrc32c } from "../../lib/runs/formats/crc32c.ts";
import { openRun } from "../../lib/runs/open-run.ts";

const golden = new URL("../golden/runs/events.out.tfevents.1700000000.golden", import.meta.url);
let folder: string;

function runFolder(): string {
  return mkdtempSync(join(folder, "run-"));
}

async function read(path: string) {
  const reader = await openRun(path);
  await reader.refresh();
  return reader;
}

describe("TensorBoard's event files", () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-events-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("give scalars of both forms, and neither histograms nor texts", async () => {
    const run = runFolder();
    copyFileSync(golden, join(run, "events.out.tfevents.1700000000.host"));
    const { series, format } = await read(run);
    assert.equal(format, "tensorboard");
    assert.deepEqual(series.metricNames, ["train/loss", "eval/loss", "tokens_seen"]);
    assert.deepEqual(
      series.points("train/loss").map(({ step, seconds, value }) => [step, seconds, value]),
      [
        [1, 0, 4],
        [2, 1.5, Math.fround(8 / 3)],
        [3, 3, NaN],
        [4, 4.5, Math.fround(1.6)],
      ],
    );
    assert.deepEqual(series.points("eval/loss"), [{ step: 2, tokens: 2048.25, seconds: 1.5, value: 3.5 }]);
  });

  it("are refused where any byte of a record was changed", async () => {
    const bytes = readFileSync(golden);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const damaged = Buffer.from(bytes);
        damaged[place]! ^= change;
        const path = join(runFolder(), "events.out.tfevents.1.host");
        writeFileSync(path, damaged);
        await assert.rejects(read(path), {
          name: "DataError",
          message: /checksum is not that of its bytes/u,
        });
      }),
      { numRuns: 40 },
    );
  });

  it("are read as they grow, a record that is not finished waiting for its end", async () => {
    const bytes = readFileSync(golden);
    const whole = (await read(golden.pathname)).series.points("train/loss");
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const path = join(runFolder(), "events.out.tfevents.1.host");
        writeFileSync(path, "");
        const reader = await openRun(path);
        let from = 0;
        for (const to of [...places.toSorted((left, right) => left - right), bytes.length]) {
          appendFileSync(path, bytes.subarray(from, to));
          await reader.refresh();
          from = to;
        }
        assert.deepEqual(reader.series.points("train/loss"), whole);
        assert.equal(reader.bytesRead, bytes.length);
      }),
      { numRuns: 20 },
    );
  });

  it("of a later start make void what an earlier one did beyond it", async () => {
    const run = runFolder();
    writeFileSync(join(run, "events.out.tfevents.1.host"), events([1, 2, 3, 4, 5]));
    writeFileSync(join(run, "events.out.tfevents.2.host"), events([4], 10));
    const { series } = await read(run);
    assert.deepEqual(
      series.points("loss").map(({ step, value }) => [step, value]),
      [
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 40],
      ],
    );
    assert.deepEqual(series.restarts("loss"), [4]);
  });
});

/** An event file with the metric "loss", at each step the step times a factor. */
function events(steps: readonly number[], factor = 1): Buffer {
  const bytesOf = (field: number, bytes: Buffer) =>
    Buffer.concat([Buffer.of((field << 3) | 2, bytes.length), bytes]);
  const records = steps.map((step) => {
    const [time, value] = [Buffer.alloc(9), Buffer.alloc(5)];
    time.writeUInt8((1 << 3) | 1);
    time.writeDoubleLE(1e9 + step, 1);
    value.writeUInt8((2 << 3) | 5);
    value.writeFloatLE(step * factor, 1);
    const summary = bytesOf(1, Buffer.concat([bytesOf(1, Buffer.from("loss")), value]));
    return record(Buffer.concat([time, Buffer.of(2 << 3, step), bytesOf(5, summary)]));
  });
  return Buffer.concat(records);
}

function record(event: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(event.length));
  const sum = (bytes: Buffer) => {
    const held = Buffer.alloc(4);
    held.writeUInt32LE(maskedCrc32c(bytes));
    return held;
  };
  return Buffer.concat([length, sum(length), event, sum(event)]);
}

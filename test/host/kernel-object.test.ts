import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";

import * as fc from "fast-check";
import { installPackage } from "../../kernels/typescript/host/kernel-object/install.ts";
import { bytesText, durationText, shownAsTable } from "../../kernels/typescript/host/kernel-object/shown.ts";
import { sizeOf } from "../../kernels/typescript/host/kernel-object/size-of.ts";
import { timeWork } from "../../kernels/typescript/host/kernel-object/time.ts";
import { listVariables } from "../../kernels/typescript/host/kernel-object/variables.ts";

const DISPLAY = Symbol.for("Jupyter.display");

function bytesOf(value: unknown, maximum = 300_000): number {
  return sizeOf(value, { seen: new Set(), maximum }).bytes;
}

describe("the size of a value", () => {
  it("is that of its parts: bytes, characters, elements", () => {
    const within = (value: unknown, least: number, most: number): void => {
      const bytes = bytesOf(value);
      assert.ok(bytes >= least && bytes <= most, `${bytes}`);
    };
    within(new Uint8Array(1e6), 1e6, 1.001e6);
    within(Buffer.alloc(1e6), 1e6, 1.001e6);
    within("x".repeat(1e6), 1e6, 1.001e6);
    within("é€".repeat(5e5), 2e6, 2.001e6);
    within(
      Array.from({ length: 1e5 }, () => 1),
      8e5,
      8.01e5,
    );
    within(new Map([["key", new Uint8Array(1e5)]]), 1e5, 1.01e5);
    within({ deep: { deeper: [new Set(["x".repeat(1e5)])] } }, 1e5, 1.01e5);
  });

  it("grows with what is added, and counts what is shared once", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ minLength: 1 }), (value, text) => {
        assert.ok(bytesOf([value, text]) > bytesOf([value]));
      }),
    );
    const shared = new Uint8Array(1e5);
    assert.ok(bytesOf([shared, shared, shared.subarray(5)]) < 1.01e5);
    const circle: unknown[] = [];
    circle.push(circle);
    assert.ok(bytesOf(circle) < 100);
  });

  it("runs no code of the value, and says when there is more than it has counted", () => {
    const trap = (): never => assert.fail("code of the value has run");
    class Sly extends Map {
      override get size(): number {
        return trap();
      }
      override entries(): never {
        return trap();
      }
      override [Symbol.iterator](): never {
        return trap();
      }
    }
    const sly = Object.defineProperty(new Sly(), "property", { get: trap, enumerable: true });
    assert.ok(bytesOf([sly, new Proxy({}, { get: trap, ownKeys: trap, getPrototypeOf: trap })]) > 0);
    const many = Array.from({ length: 1_000 }, () => ({}));
    for (const values of [many, many.map(String), new Map(many.entries()), new Set(many)]) {
      assert.equal(sizeOf(values, { seen: new Set(), maximum: 100 }).isLarger, true);
      assert.equal(sizeOf(values, { seen: new Set(), maximum: 10_000 }).isLarger, false);
    }
  });
});

describe("the list of variables", () => {
  it("has types and sizes, the largest first, and no values", async () => {
    const listed = listVariables([
      { name: "count", kind: "let", value: 3 },
      { name: "patients", kind: "const", value: [{ name: "Jane Secret" }] },
      { name: "bytes", kind: "const", value: new Float32Array(1000) },
      { name: "fs", kind: "import", value: await import("node:fs") },
      { name: "Ward", kind: "class", value: class Ward extends Array {} },
      { name: "note", kind: "const", value: "Secret" },
      { name: "nothing", kind: "const", value: Object.create(null) },
    ]);
    assert.deepEqual(
      listed.map(({ name, type }) => `${name}: ${type}`),
      [
        "bytes: Float32Array(1000)",
        "patients: Array(1)",
        "Ward: class",
        "nothing: object",
        "note: string(6)",
        "count: number",
        "fs: module",
      ].toSorted((a, b) => order(a) - order(b)),
    );
    const shown = (listed as unknown as Record<symbol, () => Record<string, string>>)[DISPLAY]!();
    assert.doesNotMatch(JSON.stringify(shown), /Secret/);
    assert.match(
      shown["text/plain"]!,
      /^name +kind +type +size\nbytes +const +Float32Array\(1000\) +4\.0 kB/,
    );
    function order(line: string): number {
      return listed.findIndex(({ name }) => line.startsWith(`${name}:`));
    }
    for (let index = 1; index < listed.length; index++) {
      assert.ok(listed[index - 1]!.bytes >= listed[index]!.bytes);
    }
  });

  it("shows each variable's own size, also beside one that is larger than can be looked at", () => {
    const numbers = Array.from({ length: 2e6 }, (_, index) => index);
    const listed = listVariables([
      { name: "map", kind: "const", value: new Map(numbers.slice(0, 1e6).map((id) => [id, { id }])) },
      { name: "numbers", kind: "const", value: numbers },
      { name: "text", kind: "const", value: "x".repeat(1e6) },
      { name: "set", kind: "const", value: new Set(numbers) },
    ]);
    const shown = listed.map(({ name, type, bytes, isLarger }) => [
      name,
      type,
      Math.round(bytes / 1e6),
      isLarger,
    ]);
    assert.deepEqual(shown.slice(1), [
      ["numbers", "Array(2000000)", 16, false],
      ["set", "Set(2000000)", 16, false],
      ["text", "string(1000000)", 1, false],
    ]);
    const [map] = listed;
    assert.deepEqual([map!.name, map!.type, map!.isLarger], ["map", "Map(1000000)", true]);
    assert.ok(map!.bytes >= 16e6);
  });

  it("is written with what is markup as text", () => {
    const table = shownAsTable([], { columns: [{ name: "<b>" }], rows: [['"<script>"']] });
    const { "text/html": html } = (table as unknown as Record<symbol, () => Record<string, string>>)[
      DISPLAY
    ]!();
    assert.match(html!, /&lt;b&gt;<\/th>.*&quot;&lt;script&gt;&quot;/);
  });
});

describe("a timing", () => {
  it("calls as often as asked, waits for promises, and gives the last value", async () => {
    let calls = 0;
    const timed = await timeWork(async () => ++calls, { runs: 5 });
    assert.deepEqual([timed.value, timed.runs, calls], [5, 5, 5]);
    assert.ok(timed.fastestMilliseconds <= timed.milliseconds);
    assert.ok(timed.milliseconds <= timed.slowestMilliseconds);
    assert.equal((await timeWork(() => null)).value, null);
  });

  it("passes on what the function throws, and refuses what is none", async () => {
    await assert.rejects(
      timeWork(() => Promise.reject(new RangeError("of the work"))),
      /of the work/,
    );
    await assert.rejects(timeWork(5), /kernel\.time takes a function, got number/);
    await assert.rejects(
      timeWork(() => 1, { runs: 0 }),
      /"runs" must be a whole number >= 1, got 0/,
    );
  });
});

describe("quantities in words", () => {
  it("have the unit that fits", () => {
    assert.deepEqual([0, 999, 1_000, 15_400, 1_234_567, 4.5e9, 7e15].map(bytesText), [
      "0 B",
      "999 B",
      "1.0 kB",
      "15 kB",
      "1.2 MB",
      "4.5 GB",
      "7000 TB",
    ]);
    assert.deepEqual([0.0123, 5, 999, 1_234.5, 61_000, 3_600_000].map(durationText), [
      "12.3 µs",
      "5.00 ms",
      "999 ms",
      "1.23 s",
      "1 min 1 s",
      "60 min 0 s",
    ]);
  });
});

describe("a package to install", () => {
  it("is a name of the registry, and no path, address, option or command", async () => {
    for (const wrong of [
      "",
      "--global",
      "-g",
      "../elsewhere",
      "./here",
      "/absolute",
      "file:../elsewhere",
      "https://elsewhere.invalid/package.tgz",
      "git+ssh://elsewhere.invalid/package",
      "owner/repository",
      "name@npm:other",
      "name@file:x",
      "name; touch pwned",
      "name && true",
      "name $(true)",
      "name other",
      "@scope",
      "@scope/",
      "@scope/--flag",
      "UPPER",
      "name@1 --global",
      "a".repeat(300),
      5,
      undefined,
    ]) {
      await assert.rejects(
        installPackage(wrong as string, tmpdir()),
        { name: "TypeError", message: /"name" must be a package of the registry/ },
        String(wrong),
      );
    }
  });
});

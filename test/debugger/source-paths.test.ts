import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { murmur2 } from "../../kernels/typescript/debugger/source-paths.ts";

describe("MurmurHash2", () => {
  it("gives the values that JupyterLab and ipykernel compute", () => {
    for (const [text, seed, hash] of [
      ["", 0, 0],
      ["a", 0, 2456313694],
      ["ab", 1, 1692487918],
      ["abc", 2, 3876204518],
      ["abcd", 3, 1741750889],
      ["const µ = 1;\n", 0x9747b28c, 1806958777],
    ] as const) {
      assert.equal(murmur2(Buffer.from(text), seed), hash, text);
    }
  });
});

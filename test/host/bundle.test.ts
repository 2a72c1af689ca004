import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { displayContent } from "../../kernels/typescript/host/bundle.ts";

describe("displayContent", () => {
  it("takes a plain map and the full form", () => {
    assert.deepEqual(displayContent({ "text/plain": "1" }), {
      data: { "text/plain": "1" },
      metadata: {},
      transient: {},
    });
    assert.deepEqual(
      displayContent({ data: { "text/plain": "1" }, metadata: { "text/plain": {} }, displayId: "d" }),
      {
        data: { "text/plain": "1" },
        metadata: { "text/plain": {} },
        transient: { display_id: "d" },
      },
    );
  });

  it("lets the caller name the output", () => {
    const { transient } = displayContent({ data: {}, displayId: "own" }, { displayId: "given" });
    assert.deepEqual(transient, { display_id: "given" });
  });

  it("makes base64 of bytes, also of a part of a buffer, and joins lines", () => {
    const part = new Uint8Array(Uint8Array.of(0, 137, 80, 0).buffer, 1, 2);
    assert.deepEqual(displayContent({ "image/png": part, "text/html": ["<b>", "</b>"] }).data, {
      "image/png": "iVA=",
      "text/html": "<b></b>",
    });
  });

  it("leaves JSON as it is", () => {
    const figure = { data: [{ y: [1, null] }] };
    assert.equal(
      displayContent({ "application/vnd.plotly.v1+json": figure }).data["application/vnd.plotly.v1+json"],
      figure,
    );
  });

  it("refuses what is no bundle, and says what it got", () => {
    assert.throws(() => displayContent(null), /must be .* got null/);
    assert.throws(
      () => displayContent({ "text/plain": "1", html: "2" }),
      /got an object with the key "html"/,
    );
    assert.throws(
      () => displayContent({ "text/html": 5 }),
      /display data of "text\/html" must be a string or bytes, got number/,
    );
  });
});

/** Outputs of a notebook beside those that were stored: by content, within what the cell's tag allows. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareNotebooks } from "../../commands/compare-notebooks.ts";
import type { Cell, Notebook, Output } from "../../commands/notebook-file.ts";

function notebook(tag: string | undefined, ...outputs: Output[]): Notebook {
  const metadata = tag === undefined ? {} : { tags: [tag] };
  const cell: Cell = { cell_type: "code", id: "c1", metadata, source: "draw()", outputs };
  const words: Cell = { cell_type: "markdown", id: "m1", metadata: {}, source: "# Words" };
  return { cells: [words, cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

function figure(y: number, options: { bar?: number; compare?: string; png?: string } = {}): Output {
  const { bar, compare, png = "iVBO" } = options;
  const trace = {
    type: "bar",
    x: ["base"],
    y: [y],
    ...(bar !== undefined && { error_y: { type: "data", array: [bar] }, text: [`${y}`] }),
  };
  const meta = { kind: "Bars", alt: `at ${y}`, ...(compare !== undefined && { compare }) };
  const data = {
    "application/vnd.plotly.v1+json": { data: [trace], layout: { meta } },
    "image/png": png,
    "text/plain": [`Bars: base ${y}`],
  };
  return { output_type: "display_data", data, metadata: {} };
}

const printed = (text: string): Output => ({ output_type: "stream", name: "stdout", text: [text] });

function difference(tag: string | undefined, before: Output, after: Output): string[] {
  return compareNotebooks(notebook(tag, before), notebook(tag, after)).map(
    ({ cell, what }) => `${cell}: ${what}`,
  );
}

describe("compareNotebooks", () => {
  it("says which number of a figure moved, from what to what", () => {
    assert.deepEqual(difference(undefined, figure(0.5), figure(0.5)), []);
    assert.deepEqual(difference(undefined, figure(0.5), figure(0.6)), ["1: figure.data[0].y[0]: 0.5 -> 0.6"]);
    assert.deepEqual(difference(undefined, figure(0.5), figure(0.5, { png: "other" })), [
      "1: image/png is not what was stored",
    ]);
  });

  it("allows what was trained 2 %, or its interval, and looks at no pixel", () => {
    assert.deepEqual(difference("trained", figure(2.5), figure(2.54, { png: "other" })), []);
    assert.deepEqual(difference("trained", figure(2.5), figure(2.6)), ["1: figure.data[0].y[0]: 2.5 -> 2.6"]);
    assert.deepEqual(difference("trained", figure(0.5, { bar: 0.1 }), figure(0.58, { bar: 0.1 })), []);
    assert.deepEqual(difference("trained", figure(0.5, { bar: 0.1 }), figure(0.62, { bar: 0.1 })), [
      "1: figure.data[0].y[0]: 0.5 -> 0.62",
    ]);
    assert.deepEqual(
      difference("trained", figure(100, { compare: "none" }), figure(300, { compare: "none" })),
      [],
    );
  });

  it("compares the numbers in texts, whatever the width of their columns", () => {
    const [before, after] = [printed("loss   2.500  of 1,000\n"), printed("loss  2.51 of 1,001\n")];
    assert.deepEqual(difference("trained", before, after), []);
    assert.equal(difference(undefined, before, after).length, 1);
    assert.deepEqual(difference("trained", before, printed("loss 3 of 1,000\n")), ["1: text[0]: 2.5 -> 3"]);
    assert.equal(difference("trained", before, printed("gain 2.5 of 1,000\n")).length, 1);
  });

  it("of a cell that varies counts only the kinds of its outputs", () => {
    assert.deepEqual(difference("varies", figure(1), figure(9)), []);
    assert.deepEqual(difference("varies", figure(1), printed("1")), [
      "1: its outputs were display_data, now stream",
    ]);
  });

  it("finds nothing where nothing was stored, and a cell that is new", () => {
    const empty = notebook(undefined);
    assert.deepEqual(compareNotebooks(empty, notebook(undefined, figure(1))), []);
    const longer = notebook(undefined, figure(1));
    longer.cells.push({ ...longer.cells[1]!, id: "c2" });
    assert.deepEqual(
      compareNotebooks(notebook(undefined, figure(1)), longer).map(({ cell, what }) => [cell, what]),
      [[2, "its outputs were none, now display_data"]],
    );
  });
});

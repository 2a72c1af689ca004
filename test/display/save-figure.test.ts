/** What a manuscript gets: real files, read back by real readers. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { Resvg } from "@resvg/resvg-js";
import { JSDOM } from "jsdom";

import { saveFigure } from "../../lib/display/save-figure.ts";
import { heatmapFigure, lineFigure, memoryFigure } from "../../lib/plots/index.ts";
import { skipWithout } from "../support/programs.ts";

const LINE = lineFigure(
  [
    { step: 1, loss: 2, run: "a < b & c" },
    { step: 9, loss: 1, run: "a < b & c" },
    { step: 1, loss: 3, run: "other" },
  ],
  { x: "step", y: "loss", color: "run", title: "Loss < 3", xLabel: "Step", yLabel: "Loss (nats)" },
);
const HEAT = heatmapFigure(
  [
    { a: "x", b: "y", n: 1 },
    { a: "z", b: "y", n: 5 },
  ],
  { x: "a", y: "b", value: "n" },
);
const PATTERNS = memoryFigure([
  { name: "8 GPUs", parts: Array.from({ length: 9 }, (_, part) => ({ part: `p${part}`, gibibytes: part })) },
]);

describe("saveFigure", () => {
  const folder = mkdtempSync(join(tmpdir(), "rounds-figures-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);

  it("writes an SVG of the asked size whose texts are texts, with its words for readers", async () => {
    const saved = await saveFigure(LINE, at("line.svg"), { width: "85mm", scale: 0.7 });
    assert.deepEqual([saved.format, saved.widthMillimetres, saved.heightMillimetres], ["svg", 85, 51]);
    const svg = readFileSync(at("line.svg"), "utf8");
    const root = new JSDOM(svg, { contentType: "image/svg+xml" }).window.document.documentElement;
    assert.equal(root.getAttribute("width"), "85mm");
    // 85 mm are 321 CSS pixels; at 0.7 the layout has 459.
    assert.equal(root.getAttribute("viewBox"), "0 0 459 275");
    assert.equal(root.querySelector("title")!.textContent, "Loss < 3");
    assert.match(root.querySelector("desc")!.textContent!, /^Line chart "Loss < 3"\. Horizontal axis: Step/u);
    assert.ok([...root.querySelectorAll("text")].some((text) => text.textContent === "a < b & c"));
    assert.ok(new Resvg(svg).render().width > 0);
  });

  it("writes a heat map without a picture in it", async () => {
    await saveFigure(HEAT, at("heat.svg"));
    const svg = readFileSync(at("heat.svg"), "utf8");
    assert.equal(/<image|data:/u.test(svg), false);
    const { document } = new JSDOM(svg, { contentType: "image/svg+xml" }).window;
    assert.ok(document.querySelectorAll("svg svg rect").length >= 2);
  });

  it("writes a PNG of the asked pixels that says its size on paper", async () => {
    await saveFigure(LINE, at("line.png"), { width: "85mm", dpi: 600 });
    const png = readFileSync(at("line.png"));
    assert.equal(png.readUInt32BE(16), Math.round((85 / 25.4) * 600));
    const physical = png.indexOf("pHYs");
    assert.equal(png.readUInt32BE(physical + 4), Math.round(600 / 0.0254));
    assert.equal(png[physical + 12], 1);
  });

  it("writes the same bytes each time, in each format, and leaves nothing else behind", async () => {
    for (const [index, figure] of [LINE, HEAT, PATTERNS].entries()) {
      for (const format of ["svg", "png", "pdf"]) {
        const names = ["one", "two"].map((name) => `${name}-${index}.${format}`);
        for (const name of names) await saveFigure(figure, at(name), { dpi: 72 });
        const [one, two] = names.map((name) => readFileSync(at(name)));
        assert.ok(one!.equals(two!), `${format} of figure ${index}`);
      }
    }
    assert.deepEqual(
      readdirSync(folder).filter((name) => !/\.(?:svg|png|pdf)$/u.test(name)),
      [],
    );
  });

  it("says what it cannot write", async () => {
    await assert.rejects(
      saveFigure(LINE, at("line.jpg")),
      /"path" must be a name that ends in \.svg, \.png or \.pdf, got ".*line\.jpg" \(string\)/u,
    );
    await assert.rejects(saveFigure(LINE, at("line")), /ends in \.svg, \.png or \.pdf/u);
    await assert.rejects(saveFigure({} as never, at("a.svg")), /"figure" must be \{ data: \[traces\]/u);
    await assert.rejects(saveFigure(LINE, at("a.svg"), { width: "85cm" as never }), /a text such as "85mm"/u);
    await assert.rejects(saveFigure(LINE, at("a.svg"), { scale: 0 }), /"scale" must be from 0\.2 to 5/u);
    await assert.rejects(
      saveFigure(LINE, at("a.png"), { width: "900mm", dpi: 2400 }),
      /"dpi" must be so low that the PNG has at most 100 million pixels/u,
    );
  });

  describe("as a PDF", { skip: skipWithout("/usr/bin/pdftotext") }, () => {
    const read = (program: string, name: string, ...parameters: string[]): string => {
      const { stdout, stderr, status } = spawnSync(
        `/usr/bin/${program}`,
        [...parameters, at(name), ...(program === "pdftotext" ? ["-"] : [])],
        {
          encoding: "utf8",
        },
      );
      assert.equal(status, 0, stderr);
      assert.equal(stderr, "");
      return stdout;
    };

    it("has text that can be selected, its fonts inside, and the page's size", async () => {
      await saveFigure(LINE, at("line.pdf"), { width: "85mm", scale: 0.7 });
      // The reader guesses where words end.
      const unspaced = (text: string): string => text.replaceAll(/\s/gu, "");
      const text = unspaced(read("pdftotext", "line.pdf"));
      for (const words of ["Loss < 3", "a < b & c", "other", "Loss (nats)", "Step"])
        assert.ok(text.includes(unspaced(words)), words);
      const fonts = read("pdffonts", "line.pdf").trim().split("\n").slice(2);
      assert.ok(fonts.length >= 1);
      for (const font of fonts) assert.match(font, /Inter-\w+ +CID TrueType +Identity-H +yes yes yes/u);
      const information = read("pdfinfo", "line.pdf");
      assert.match(information, /Title: +Loss < 3/u);
      const [, width, height] = /Page size: +([\d.]+) x ([\d.]+) pts/u.exec(information)!.map(Number);
      assert.ok(Math.abs(width! - (85 / 25.4) * 72) < 0.1);
      assert.ok(Math.abs(height! - (51 / 25.4) * 72) < 0.1);
    });

    it("draws an arrow to a place, and italics in italics", async () => {
      const annotations = [{ text: "<i>slanted</i>", x: 1, y: 1 }];
      await saveFigure({ ...LINE, layout: { ...LINE.layout, annotations } }, at("italics.pdf"));
      assert.match(read("pdffonts", "italics.pdf"), /Inter-Italic/u);
    });

    it("holds no picture, not even of a heat map or of patterns", async () => {
      for (const [name, figure] of Object.entries({ "heat.pdf": HEAT, "patterns.pdf": PATTERNS })) {
        await saveFigure(figure, at(name));
        assert.equal(read("pdfimages", name, "-list").trim().split("\n").length, 2, name);
      }
    });
  });
});

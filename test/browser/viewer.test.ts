import assert from "node:assert/strict";
import { globSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";

import { projectRoot } from "../../setup/paths.mjs";
import { skipWithout } from "../support/programs.ts";
import { findChromium, openNotebook, startBrowser, startLab, waitForIdleKernel } from "./fixtures.ts";
import type { Browser, LabServer } from "./fixtures.ts";
import {
  chooseMenu,
  contrastRatio,
  figures,
  luminance,
  pixelAt,
  runAll,
  saveNotebook,
  tables,
  waitForCount,
} from "./lab-page.ts";
import { countOutputs, notebookOf, outputsOf, writeAlteredCopy } from "./notebook-file.ts";

const FIGURE = "application/vnd.plotly.v1+json";
const PROGRESS = "application/vnd.rounds.progress.v1+json";
const SOURCES = [
  `import { barFigure, fromRows, histogramFigure, html, progress } from "rounds";
const documents = Array.from({ length: 1000 }, (_, index) => ({
  id: index,
  source: ["PMC", "OpenStax", "MedQuAD"][index % 3],
  words: 50 + (index * 37) % 900,
  text: "<script>window.hacked = true</script> document " + index,
}));`,
  `fromRows(documents)`,
  `fromRows([{ patient: "Jane " + "Secret".toUpperCase() }], { sensitivity: "restricted", source: "visits" })`,
  `histogramFigure(documents, { x: "words", title: "Length of documents", xLabel: "Length (words)" })`,
  `barFigure([{ licence: "CC BY", documents: 3 }, { licence: "CC0", documents: 1 }], { x: "licence", y: "documents" })`,
  `for (const step of progress(Array.from({ length: 21 }).keys().toArray(), { label: "Reading", unit: "files" }))
  await new Promise((resolve) => setTimeout(resolve, 20));`,
  "html`<p>${'<script>window.hacked = true</script>'}</p>`",
];

describe("the viewer in JupyterLab", { skip: skipWithout(findChromium() ?? "/usr/bin/chromium") }, () => {
  let lab: LabServer;
  let browser: Browser;
  let page: Page;
  let path: string;

  before(async () => {
    lab = await startLab();
    browser = await startBrowser();
    path = join(lab.directory, "viewer.ipynb");
    writeFileSync(path, notebookOf(SOURCES));
    page = await openNotebook(browser, lab, path);
    await waitForIdleKernel(page);
    await runAll(page);
  });
  after(async () => {
    await browser?.stop();
    await lab?.stop();
  });

  it("draws each figure and table, calls no other machine and throws nothing", async () => {
    await waitForCount(figures(page), 2);
    await waitForCount(tables(page), 2);
    assert.deepEqual(browser.foreignRequests, []);
    assert.deepEqual(browser.errors, []);
  });

  it("makes a table of one column no wider than that", async () => {
    const scroller = page.locator(".rounds-Table-scroll").last();
    const width = await scroller.evaluate((node) => node.clientWidth / node.parentElement!.clientWidth);
    assert.ok(width > 0.1 && width < 0.6, String(width));
  });

  it("lets a figure from elsewhere neither fetch a picture nor send its data away", async () => {
    const remote = { source: "https://pictures.invalid/seen.png", x: 0, y: 0, sizex: 1, sizey: 1 };
    const figure = {
      data: [{ type: "scatter", x: [1, 2], y: [1, 2] }],
      layout: { title: { text: "From elsewhere" }, images: [remote] },
      config: { showSendToCloud: true, plotlyServerURL: "https://pictures.invalid", displayModeBar: true },
    };
    const output = { output_type: "display_data", data: { [FIGURE]: figure }, metadata: {} };
    const notebook = JSON.parse(notebookOf(["// saved elsewhere"]));
    notebook.cells[0].outputs = [output];
    const elsewhere = join(lab.directory, "elsewhere.ipynb");
    writeFileSync(elsewhere, JSON.stringify(notebook));
    const other = await openNotebook(browser, lab, elsewhere);
    await waitForCount(figures(other), 1);
    assert.equal((await other.locator(".modebar-btn").count()) > 0, true);
    assert.equal(await other.locator('.modebar-btn[data-title^="Share"]').count(), 0);
    await other.close();
    assert.deepEqual(browser.foreignRequests, []);
  });

  it("shows the rows of a restricted table when asked, and saves none", async () => {
    const table = page.locator(".rounds-Table", { hasText: "visits" });
    await table.getByText("Restricted: rows are not saved.").waitFor();
    await table.getByRole("button", { name: "Show rows" }).click();
    await table.getByText("Jane SECRET").waitFor();
    await saveNotebook(page);
    assert.equal(readFileSync(path, "utf8").includes("SECRET"), false);
  });

  it("names each figure for those who cannot see it, and is reached by the keyboard", async () => {
    const figure = page.locator(".rounds-Figure").first();
    assert.equal(await figure.getAttribute("role"), "img");
    assert.match(
      (await figure.getAttribute("aria-label"))!,
      /^Histogram "Length of documents"\. Horizontal axis:/u,
    );
    await figure.focus();
    assert.equal(await figure.evaluate((node) => document.activeElement === node), true);
  });

  it("shows a document that holds a script as text", async () => {
    const table = page.locator(".rounds-Table").first();
    await table.getByText("<script>window.hacked = true</script> document 0").first().waitFor();
    await page.getByText("<script>window.hacked = true</script>", { exact: true }).waitFor();
    assert.equal(await page.evaluate(() => "hacked" in window), false);
  });

  it("leaves one output after 21 updates, and saves small outputs with the final state", async () => {
    await page.locator(".jp-Notebook").first().press("Escape");
    await saveNotebook(page);
    assert.equal(countOutputs(path, FIGURE), 2);
    const bars = outputsOf(path).filter((output) => output.data?.[PROGRESS] !== undefined);
    assert.equal(bars.length, 1);
    const { value, total, state, detail } = bars[0]!.data![PROGRESS] as Record<string, unknown>;
    assert.deepEqual(
      { value, total, state, detail },
      { value: 21, total: 21, state: "done", detail: "21 of 21 files" },
    );
    assert.ok(statSync(path).size < 1_000_000);
    for (const output of outputsOf(path)) assert.ok(JSON.stringify(output).length <= 200_000);
  });

  it("shows the same in an untrusted copy, progress included", async () => {
    const copy = join(lab.directory, "untrusted.ipynb");
    writeAlteredCopy(path, copy);
    assert.deepEqual(await lab.trustOf("viewer.ipynb"), [true]);
    assert.deepEqual(await lab.trustOf("untrusted.ipynb"), [false]);
    const untrusted = await openNotebook(browser, lab, copy);
    await waitForCount(figures(untrusted), 2);
    await waitForCount(tables(untrusted), 2);
    await untrusted.locator(".rounds-Progress", { hasText: "21 of 21 files" }).waitFor();
    await untrusted.close();
  });

  it("takes the colours of a dark theme while it is open", async () => {
    const figure = page.locator(".rounds-Figure").first();
    await chooseMenu(page, "Settings", "Theme", "JupyterLab Dark");
    await page.waitForFunction(() => document.body.dataset["jpThemeLight"] === "false");
    await figure.scrollIntoViewIfNeeded();
    await page.waitForFunction(() => {
      const paper = document.querySelector<HTMLElement>(".rounds-Figure .main-svg")!;
      return !paper.style.background.includes("255");
    });
    const plot = (await figure.locator(".nsewdrag").first().boundingBox())!;
    const background = await pixelAt(page, plot.x + plot.width - 3, plot.y + 3);
    assert.ok(luminance(background) < 0.1, `plot background ${background.join(",")}`);
    const fill = await figure
      .locator(".xtick text")
      .first()
      .evaluate((node) => getComputedStyle(node).fill);
    const text = [...fill.matchAll(/\d+/gu)].slice(0, 3).map(Number);
    assert.ok(contrastRatio(text, background) >= 4.5, `text ${fill} on ${background.join(",")}`);
    await chooseMenu(page, "Settings", "Theme", "JupyterLab Light");
    await page.waitForFunction(() => document.body.dataset["jpThemeLight"] === "true");
  });

  it("calls no notebook of the project unsaved that was only opened", async () => {
    const notebooks = globSync(join(projectRoot, "notebooks", "*.ipynb"));
    const [first, ...others] = notebooks.map(
      (notebook) => (JSON.parse(readFileSync(notebook, "utf8")) as { metadata: unknown }).metadata,
    );
    for (const metadata of others) assert.deepEqual(metadata, first);
    const opened = await openNotebook(browser, lab, notebooks[0]!);
    await waitForIdleKernel(opened);
    await waitForCount(opened.locator(".lm-TabBar-tab.jp-mod-current.jp-mod-dirty"), 0, 0);
    await opened.close();
  });

  it("writes no machine's path into the notebook", () => {
    assert.equal(readFileSync(path, "utf8").includes(lab.directory), false);
  });
});

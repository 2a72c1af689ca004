/** The report as people open it: from a disk, in light and dark, on paper, with scripts and without. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, describe, it } from "node:test";
import { chromium } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

import { writeReport } from "../../lib/lab/report/write-report.ts";
import { writeReportedStudy } from "../lab/reported-study.ts";
import { skipWithout } from "../support/programs.ts";
import { findChromium } from "./fixtures.ts";
import { contrastRatio, luminance } from "./lab-page.ts";

describe("the report in a browser", { skip: skipWithout(findChromium() ?? "/usr/bin/chromium") }, () => {
  const home = mkdtempSync(join(tmpdir(), "rounds-report-page-"));
  const path = join(home, "report.html");
  let browser: Browser;
  let figures: number;
  before(async () => {
    ({ figures } = await writeReport(path, await writeReportedStudy(home)));
    browser = await chromium.launch({
      executablePath: findChromium()!,
      args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
    });
  });
  after(async () => {
    await browser?.close();
    rmSync(home, { recursive: true, force: true });
  });

  /** Open the page and note what it says and asks; its own file is no request to anyone. */
  async function open(options: BrowserContextOptions): Promise<{ page: Page; noise: string[] }> {
    const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
    const page = await context.newPage();
    const noise: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) noise.push(message.text());
    });
    page.on("pageerror", (error) => noise.push(String(error)));
    page.on("request", (request) => {
      const { protocol } = new URL(request.url());
      const isOwn =
        request.url() === pathToFileURL(path).href || protocol === "data:" || protocol === "blob:";
      if (!isOwn) noise.push(`asked for ${request.url()}`);
    });
    await page.goto(pathToFileURL(path).href);
    return { page, noise };
  }

  /** Figures are drawn as they come near the window. */
  async function drawAll(page: Page): Promise<void> {
    for (const figure of await page.locator("figure.live").all()) {
      await figure.scrollIntoViewIfNeeded();
      await figure.locator(".js-plotly-plot .main-svg").first().waitFor({ timeout: 30_000 });
    }
  }

  for (const colorScheme of ["light", "dark"] as const) {
    it(`draws every figure in ${colorScheme} colours, asks nobody and complains of nothing`, async () => {
      const { page, noise } = await open({ colorScheme });
      await drawAll(page);
      assert.equal(await page.locator("figure.live.is-live .js-plotly-plot:has(.main-svg)").count(), figures);
      const colors = await page
        .locator(".js-plotly-plot")
        .evaluateAll((plots) =>
          plots.map((plot) => [
            getComputedStyle(plot.querySelector(".main-svg")!).backgroundColor,
            getComputedStyle(plot.querySelector(".xtick text, .x2tick text, .ytick text")!).fill,
          ]),
        );
      for (const pair of colors) {
        const [background, text] = pair.map((color) => [...color.matchAll(/\d+/gu)].slice(0, 3).map(Number));
        assert.equal(luminance(background!) < 0.1, colorScheme === "dark", pair.join(" on "));
        assert.ok(contrastRatio(background!, text!) >= 4.5, pair.join(" on "));
      }
      assert.deepEqual(noise, []);
      await page.context().close();
    });
  }

  it("shows every picture where scripts do not run", async () => {
    const { page, noise } = await open({ javaScriptEnabled: false });
    const images = page.locator("figure.live img");
    assert.equal(await images.count(), figures);
    for (const image of await images.all()) assert.ok((await image.boundingBox())!.height > 50);
    assert.deepEqual(noise, []);
    await page.context().close();
  });

  it("prints the pictures, not the live figures, on white", async () => {
    const { page, noise } = await open({ colorScheme: "dark" });
    await drawAll(page);
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator("figure.live img:visible").count(), figures);
    assert.equal(await page.locator("figure.live .plot:visible").count(), 0);
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    assert.equal(await page.locator("details:not([open])").count(), 0);
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    assert.equal(await page.locator("details[open]").count(), 0);
    const background = await page.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
    assert.equal(background, "rgb(255, 255, 255)");
    assert.deepEqual(noise, []);
    await page.context().close();
  });

  it("leads from its contents to every section, on a phone without scrolling sideways", async () => {
    const { page } = await open({ viewport: { width: 390, height: 800 } });
    for (const link of await page.locator("nav a").all()) {
      const target = (await link.getAttribute("href"))!;
      assert.equal(await page.locator(`section${target} h2`).count(), 1);
    }
    const [width, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(width! <= inner!, `${width} of ${inner}`);
    await drawAll(page);
    const plots = page.locator(".plot");
    for (const [whole, seen] of await plots.evaluateAll((all) =>
      all.map((plot) => [plot.scrollWidth, plot.clientWidth]),
    ))
      assert.ok(whole! >= 620 && seen! <= 390, `${whole} in ${seen}`);
    await page.context().close();
  });
});

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";

import { exportHtml } from "../../commands/export-html.ts";
import { formatValue } from "../../lib/display/show.ts";
import { histogramFigure } from "../../lib/plots/index.ts";
import { fromRows } from "../../lib/table/from-rows.ts";
import { projectRoot } from "../../setup/paths.mjs";
import { skipWithout } from "../support/programs.ts";
import { findChromium, openNotebook, startBrowser, startLab } from "./fixtures.ts";
import type { Browser, LabServer } from "./fixtures.ts";

const DOCUMENTS = Array.from({ length: 100 }, (_, index) => ({
  id: index,
  text: `<script>alert(${index})</script>`,
}));

/** A notebook as it was saved: a figure, a table and a restricted table. */
async function savedNotebook(): Promise<string> {
  const values = [
    histogramFigure(DOCUMENTS, { x: "id", title: "Identifiers" }),
    fromRows(DOCUMENTS),
    fromRows([{ patient: "Jane Secret", age: 41 }], { sensitivity: "restricted", source: "visits" }),
  ];
  const cells = [];
  for (const [index, value] of values.entries()) {
    const { data, metadata = {} } = (await formatValue(value))!;
    const outputs = [{ output_type: "display_data", data, metadata }];
    cells.push({
      cell_type: "code",
      id: `cell-${index}`,
      metadata: {},
      execution_count: 1,
      source: "1",
      outputs,
    });
  }
  const kernelspec = { name: "typescript", display_name: "TypeScript (Rounds)", language: "typescript" };
  return JSON.stringify({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 });
}

describe(
  "saved outputs where there is no viewer",
  { skip: skipWithout(findChromium() ?? "/usr/bin/chromium") },
  () => {
    let lab: LabServer;
    let browser: Browser;
    let page: Page;
    const home = mkdtempSync(join(tmpdir(), "rounds-static-"));
    const path = join(home, "saved.ipynb");

    before(async () => {
      writeFileSync(path, await savedNotebook());
      // The kernel is there, the viewer is not.
      symlinkSync(join(projectRoot, "kernels"), join(home, "kernels"));
      lab = await startLab({ environment: { JUPYTER_PATH: home } });
      browser = await startBrowser();
      page = await openNotebook(browser, lab, path);
    });
    after(async () => {
      await browser?.stop();
      await lab?.stop();
      rmSync(home, { recursive: true, force: true });
    });

    it("shows a picture for each figure, as large as the figure", async () => {
      const image = page.locator(".jp-OutputArea img");
      await image.waitFor();
      assert.equal(await page.locator(".rounds-Figure").count(), 0);
      const size = await image.evaluate((node) => [
        node.clientWidth,
        (node as HTMLImageElement).naturalWidth,
      ]);
      assert.deepEqual(size, [700, 1400]);
    });

    it("shows an HTML table for each table, its scripts as text, and no output blank", async () => {
      assert.equal(await page.locator(".jp-OutputArea table").count(), 2);
      await page.getByText("<script>alert(0)</script>").first().waitFor();
      for (const output of await page.locator(".jp-OutputArea-output").all()) {
        assert.ok((await output.boundingBox())!.height > 20);
      }
    });

    it("holds no row of a restricted table", () => {
      assert.equal(readFileSync(path, "utf8").includes("Secret"), false);
      assert.match(
        readFileSync(path, "utf8"),
        /visits: fewer than 11 rows × 2 columns \(restricted: no row is saved\)/u,
      );
    });

    it("is exported to a page with a named picture and both tables, which fetches nothing", async () => {
      exportHtml([path], home);
      const html = readFileSync(join(home, "saved.html"), "utf8");
      assert.equal(html.includes("not able to be represented"), false);
      const exported = await browser.context.newPage();
      await exported.goto(`file://${join(home, "saved.html")}`);
      const image = exported.locator(".jp-OutputArea img");
      assert.match(
        (await image.getAttribute("alt")) ?? "",
        /^Histogram "Identifiers"\. Horizontal axis: id, 0 to 99/u,
      );
      assert.equal(await exported.locator(".jp-OutputArea table").count(), 2);
      await exported.close();
      assert.deepEqual(browser.foreignRequests, []);
    });
  },
);

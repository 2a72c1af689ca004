import assert from "node:assert/strict";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";

import { runsFolder } from "../../lib/jobs/run-folder.ts";
import { projectRoot } from "../../setup/paths.mjs";
import { skipWithout } from "../support/programs.ts";
import { findChromium, openNotebook, startBrowser, startLab, waitForIdleKernel } from "./fixtures.ts";
import type { Browser, LabServer } from "./fixtures.ts";
import { chooseMenu, figures, runAll, saveNotebook, tables, waitForCount } from "./lab-page.ts";
import { outputsOf, writeAlteredCopy } from "./notebook-file.ts";
import type { Output } from "./notebook-file.ts";

const FIGURE = "application/vnd.plotly.v1+json";
const TABLE = "application/vnd.rounds.table.v1+json";
const folder = join(projectRoot, "notebooks");

/** Every notebook of the project, as a new user runs it: on the sample, from a copy without outputs. */
describe("the project's notebooks", { skip: skipWithout(findChromium() ?? "/usr/bin/chromium") }, () => {
  let lab: LabServer;
  let browser: Browser;
  /** Stages of the study that the notebooks without a browser have finished before; none where this file runs alone. */
  let finished: Map<string, string>;
  before(async () => {
    finished = finishedStages();
    lab = await startLab({ environment: { ROUNDS_DATA: "sample" } });
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await lab?.stop();
  });

  for (const name of readdirSync(folder).filter((file) => file.endsWith(".ipynb"))) {
    it(`${name} runs, draws all its figures and tables, and again in an untrusted copy`, async () => {
      const page = await openNotebook(browser, lab, join(folder, name));
      await chooseMenu(page, "Edit", "Clear Outputs of All Cells");
      await waitForIdleKernel(page);
      await runAll(page, 1_500);
      const path = join(lab.directory, name);
      await saveNotebook(page);

      const outputs = outputsOf(path);
      assert.deepEqual(
        outputs.filter((output) => output.output_type === "error"),
        [],
      );
      await waitForCount(figures(page), countOf(outputs, FIGURE));
      await waitForCount(tables(page), countOf(outputs, TABLE));
      for (const output of outputs) assert.ok(JSON.stringify(output).length <= 200_000);
      await page.close();

      const copy = `untrusted-${name}`;
      writeAlteredCopy(path, join(lab.directory, copy));
      assert.deepEqual(await lab.trustOf(copy), [false]);
      const untrusted = await openNotebook(browser, lab, join(lab.directory, copy));
      await waitForCount(figures(untrusted), countOf(outputs, FIGURE));
      await waitForCount(tables(untrusted), countOf(outputs, TABLE));
      if (countOf(outputs, FIGURE) > 0) await assertDark(untrusted);
      await untrusted.close();

      assert.deepEqual(browser.foreignRequests, []);
      assert.deepEqual(browser.errors, []);
    });
  }

  it("repeat no stage of the study that was finished", () => {
    const now = finishedStages();
    assert.ok(now.size > 0);
    for (const [path, record] of finished) assert.equal(now.get(path), record);
  });
});

/** The record of each stage, which tells when it was finished. */
function finishedStages(): Map<string, string> {
  const paths = globSync(join(runsFolder(), "12-end-to-end", "*", "stage.json"));
  return new Map(paths.map((path) => [path, readFileSync(path, "utf8")]));
}

/** Every figure is drawn again in a dark theme's colours; the next page is light again. */
async function assertDark(page: Page): Promise<void> {
  await chooseMenu(page, "Settings", "Theme", "JupyterLab Dark");
  try {
    await page.waitForFunction(() => {
      const plots = [...document.querySelectorAll<HTMLElement>(".rounds-Figure .js-plotly-plot")];
      const backgrounds = plots.map((plot) => {
        const paper = plot.querySelector<HTMLElement>(".main-svg");
        return paper === null ? undefined : getComputedStyle(paper).backgroundColor;
      });
      const isDark = (color: string): boolean =>
        [...color.matchAll(/\d+/gu)].slice(0, 3).every(([channel]) => Number(channel) < 60);
      return plots.length > 0 && backgrounds.every((color) => color !== undefined && isDark(color));
    });
  } finally {
    await chooseMenu(page, "Settings", "Theme", "JupyterLab Light");
    await page.waitForFunction(() => document.body.dataset["jpThemeLight"] === "true");
  }
}

function countOf(outputs: readonly Output[], mimeType: string): number {
  return outputs.filter((output) => output.data?.[mimeType] !== undefined).length;
}

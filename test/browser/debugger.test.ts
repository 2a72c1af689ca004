import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Locator, Page } from "playwright-core";

import { skipWithout } from "../support/programs.ts";
import { findChromium, openNotebook, startBrowser, startLab, waitForIdleKernel } from "./fixtures.ts";
import type { Browser, LabServer } from "./fixtures.ts";
import { chooseMenu, waitForCount } from "./lab-page.ts";
import { notebookOf } from "./notebook-file.ts";

const SOURCES = [
  `interface Visit { patient: string; days: number }
const visits: Visit[] = [{ patient: "Ada", days: 3 }, { patient: "Ben", days: 5 }];`,
  `function longest(list: Visit[]): string {
  let best = list[0]!;
  for (const visit of list) if (visit.days > best.days) best = visit;
  return best.patient;
}
const who = longest(visits);
who.toUpperCase()`,
];

describe("the debugger in JupyterLab", { skip: skipWithout(findChromium() ?? "/usr/bin/chromium") }, () => {
  let lab: LabServer;
  let browser: Browser;
  let page: Page;
  let cell: Locator;

  before(async () => {
    lab = await startLab();
    browser = await startBrowser();
    const path = join(lab.directory, "debugger.ipynb");
    writeFileSync(path, notebookOf(SOURCES));
    page = await openNotebook(browser, lab, path);
    await waitForIdleKernel(page);
    cell = page.locator(".jp-NotebookPanel:visible .jp-CodeCell").nth(1);
  });
  after(async () => {
    await browser?.stop();
    await lab?.stop();
  });

  it("stops at a line whose gutter is clicked, and marks it", async () => {
    await page.locator(".jp-DebuggerBugButton:not([disabled])").first().click();
    const line = cell.locator(".cm-gutter.cm-breakpoint-gutter .cm-gutterElement").nth(4);
    await line.click();
    await cell.locator(".cm-breakpoint-icon >> visible=true").waitFor();
    await chooseMenu(page, "Run", "Run All Cells");
    const stopped = cell.locator(".jp-DebuggerEditor-highlight");
    await stopped.waitFor();
    assert.equal((await stopped.textContent())?.trim(), "return best.patient;");
    const calls = page.locator(".jp-DebuggerCallstackFrame");
    await waitForCount(calls, 2);
    assert.deepEqual(await calls.allInnerTexts(), ["longest\nCell [*]:4", "Cell [2]\nCell [*]:6"]);
  });

  it("shows the values of the function's variables and of the notebook's", async () => {
    const panel = page.locator(".jp-DebuggerVariables");
    const best = panel.locator(".jp-TreeItem", { hasText: /^best/u }).first();
    await best.waitFor();
    assert.match((await best.textContent())!, /\{ patient: 'Ben', days: 5 \}/);
  });

  it("goes on to the end of the cell", async () => {
    await page.locator("[title^='Continue']").first().click();
    await cell.getByText("'BEN'").waitFor();
    await waitForCount(cell.locator(".jp-DebuggerEditor-highlight"), 0);
    assert.deepEqual(browser.errors, []);
    assert.deepEqual(browser.foreignRequests, []);
  });
});

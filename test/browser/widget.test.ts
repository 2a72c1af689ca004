import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Locator, Page } from "playwright-core";

import { skipWithout } from "../support/programs.ts";
import { findChromium, openNotebook, startBrowser, startLab, waitForIdleKernel } from "./fixtures.ts";
import type { Browser, LabServer } from "./fixtures.ts";
import {
  chooseMenu,
  contrastRatio,
  luminance,
  pixelAt,
  runAll,
  saveNotebook,
  waitForCount,
} from "./lab-page.ts";
import { countOutputs, notebookOf, outputsOf } from "./notebook-file.ts";

const WIDGET = "application/vnd.rounds.widget.v1+json";
const MODULE = `export default {
  initialize({ model }) {
    model.on("msg:custom", (content, [bytes]) => model.set("heard", content.said + " " + bytes.getUint8(0)));
  },
  render({ model, el }) {
    const button = document.createElement("button");
    const note = document.createElement("input");
    const text = document.createElement("p");
    const show = () => {
      button.textContent = "Count " + model.get("count");
      text.textContent = model.get("label") + " | " + model.get("heard") + " | " + model.get("pixels").byteLength;
    };
    button.addEventListener("click", () => {
      model.set("count", model.get("count") + 1);
      model.save_changes();
    });
    note.addEventListener("change", () => model.send({ note: note.value }, undefined, [new Uint8Array([7, 8])]));
    model.on("change", show);
    show();
    el.append(button, note, text);
    return () => (window.cleanedUp = true);
  },
}`;
const SOURCES = [
  `import { widget, html } from "rounds";
const counter = widget({
  esm: ${JSON.stringify(MODULE)},
  css: ".rounds-Widget p { font-weight: bold }",
  initial: { count: 0, label: "<img src=x onerror='window.hacked = true'>", heard: "nothing", pixels: new Uint8Array(3) },
  staticForm: ({ count, label }) => html\`<p>Saved at \${count}: \${label}</p>\`,
});
counter.on("change", ({ count }) => { if (count !== undefined) console.log("count is " + count); });
counter.on("message", ({ note }: any, [bytes]) => {
  console.log("note " + note + " " + bytes!.join());
  counter.set("pixels", new Uint8Array(5));
  counter.send({ said: "heard " + note }, [Uint8Array.of(9)]);
});
counter`,
  `counter`,
  `widget({ esm: "export default { render() { throw new Error('<b>no</b> view'); } }", initial: {} })`,
];

describe("a widget in JupyterLab", { skip: skipWithout(findChromium() ?? "/usr/bin/chromium") }, () => {
  let lab: LabServer;
  let browser: Browser;
  let page: Page;
  let path: string;
  let widgets: Locator;

  before(async () => {
    lab = await startLab();
    browser = await startBrowser();
    path = join(lab.directory, "widget.ipynb");
    writeFileSync(path, notebookOf(SOURCES));
    page = await openNotebook(browser, lab, path);
    await waitForIdleKernel(page);
    await runAll(page);
    widgets = page.locator(".jp-NotebookPanel:visible .rounds-Widget");
  });
  after(async () => {
    await browser?.stop();
    await lab?.stop();
  });

  it("changes the kernel's value and hears of it: in the listener's cell and in the other view", async () => {
    const [first, second] = [widgets.nth(0), widgets.nth(1)];
    await first.getByRole("button", { name: "Count 0" }).click();
    await second.getByRole("button", { name: "Count 1" }).click();
    await first.getByRole("button", { name: "Count 2" }).waitFor();
    const output = page.locator(".jp-NotebookPanel:visible .jp-CodeCell").first();
    await output.getByText("count is 1").waitFor();
    await output.getByText("count is 2").waitFor();
  });

  it("sends messages and bytes both ways, and its keys are its own", async () => {
    const note = widgets.nth(0).getByRole("textbox");
    // In JupyterLab's command mode "b" makes a cell and "dd" deletes one.
    await note.pressSequentially("bdd");
    await note.blur();
    await page.getByText("note bdd 7,8").waitFor();
    await widgets.nth(0).getByText("| heard bdd 9 | 5").waitFor();
    assert.equal(await page.locator(".jp-NotebookPanel:visible .jp-CodeCell").count(), SOURCES.length);
  });

  it("shows values as text, and an error of its own code", async () => {
    await widgets.nth(0).getByText("<img src=x onerror=").waitFor();
    await widgets.nth(2).getByText("The widget's own code failed: <b>no</b> view").waitFor();
    assert.equal(await page.evaluate(() => "hacked" in window), false);
  });

  it("can be read in a light and in a dark theme", async () => {
    const text = widgets.nth(0).locator("p");
    for (const theme of ["Dark", "Light"]) {
      await chooseMenu(page, "Settings", "Theme", `JupyterLab ${theme}`);
      const isLight = String(theme === "Light");
      await page.waitForFunction((wanted) => document.body.dataset["jpThemeLight"] === wanted, isLight);
      await text.scrollIntoViewIfNeeded();
      const box = (await text.boundingBox())!;
      const background = await pixelAt(page, box.x + box.width - 2, box.y + 1);
      assert.equal(luminance(background) < 0.1, theme === "Dark", `background ${background.join(",")}`);
      const color = await text.evaluate((node) => getComputedStyle(node).color);
      const rgb = [...color.matchAll(/\d+/gu)].slice(0, 3).map(Number);
      assert.ok(contrastRatio(rgb, background) >= 4.5, `${color} on ${background.join(",")}`);
      const scheme = await text.evaluate((node) => getComputedStyle(node).colorScheme);
      assert.equal(scheme, theme.toLowerCase());
    }
  });

  it("saves its values of now in its static form, and no code", async () => {
    await saveNotebook(page);
    const saved = outputsOf(path).filter((output) => output.data?.[WIDGET] !== undefined);
    assert.equal(saved.length, 3);
    for (const output of saved.slice(0, 2)) {
      assert.deepEqual(Object.keys(output.data![WIDGET] as object).toSorted(), ["id", "version"]);
      assert.match([output.data!["text/html"]].flat().join(""), /^<p>Saved at 2: &lt;img src=x/);
    }
  });

  it("is static once the kernel is gone, and when the notebook is opened again", async () => {
    await chooseMenu(page, "Kernel", "Shut Down Kernel");
    await widgets.nth(0).getByText("Saved at 2: <img src=x").waitFor();
    await waitForCount(page.locator(".jp-NotebookPanel:visible .rounds-Widget-view"), 0);
    assert.equal(await page.evaluate(() => "cleanedUp" in window), true);
    await page.close();

    // With a kernel that has not run the cell, and a code that someone has put into the file.
    const notebook = readFileSync(path, "utf8").replaceAll(
      '"version": 1',
      '"version": 1, "esm": "window.hacked = true; export default { render() {} }", "css": "p { color: red }"',
    );
    const copy = join(lab.directory, "again.ipynb");
    writeFileSync(copy, notebook);
    assert.equal(countOutputs(copy, WIDGET), 3);
    const again = await openNotebook(browser, lab, copy);
    await waitForIdleKernel(again);
    const saved = again.locator(".jp-NotebookPanel:visible .rounds-Widget", { hasText: "Saved at 2: <img" });
    await waitForCount(saved, 2);
    assert.equal(await again.locator(".rounds-Widget-view").count(), 0);
    assert.equal(await again.evaluate(() => "hacked" in window), false);
    await again.close();
    assert.deepEqual(browser.foreignRequests, []);
    assert.deepEqual(browser.errors, []);
  });
});

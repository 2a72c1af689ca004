import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";

/** Choose a path of menu items by their labels. */
export async function chooseMenu(page: Page, ...labels: readonly string[]): Promise<void> {
  const [bar, ...items] = labels;
  await page.locator(".lm-MenuBar-itemLabel", { hasText: new RegExp(`^${bar}$`, "u") }).click();
  for (const [index, label] of items.entries()) {
    const item = page.locator(".lm-Menu-itemLabel", { hasText: new RegExp(`^${label}$`, "u") });
    await item.first().hover();
    if (index === items.length - 1) await item.first().click();
  }
}

/** Run all cells and wait until the last code cell has its number and none is waiting. */
export async function runAll(page: Page, seconds = 120): Promise<void> {
  const prompts = page.locator(".jp-NotebookPanel:visible .jp-CodeCell .jp-InputArea-prompt");
  await chooseMenu(page, "Run", "Run All Cells");
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const texts = await prompts.allTextContents();
    if (texts.length > 0 && texts.every((text) => /\[\d+\]/u.test(text))) return;
    if (Date.now() > deadline) {
      const output = await page.locator(".jp-NotebookPanel:visible .jp-OutputArea").allInnerTexts();
      throw new Error(
        `cells did not end within ${seconds} s: ${texts.join(" ")}\n${output.join("\n").slice(0, 4000)}`,
      );
    }
    await page.waitForTimeout(100);
  }
}

/** Save the open notebook; the server has written the file when this resolves. */
export async function saveNotebook(page: Page): Promise<void> {
  const saved = page.waitForResponse(
    (response) => response.request().method() === "PUT" && response.url().includes("/api/contents/"),
    { timeout: 30_000 },
  );
  await chooseMenu(page, "File", "Save Notebook");
  assert.ok((await saved).ok());
  await waitForCount(page.locator("#jp-main-dock-panel .lm-TabBar-tab.jp-mod-current.jp-mod-dirty"), 0);
}

/** Figures that plotly has drawn. */
export function figures(page: Page): Locator {
  return page.locator(".jp-NotebookPanel:visible .rounds-Figure .js-plotly-plot:has(.main-svg)");
}

export function tables(page: Page): Locator {
  return page.locator(".jp-NotebookPanel:visible .rounds-Table table");
}

/** Wait until exactly so many elements are there. */
export async function waitForCount(locator: Locator, count: number, seconds = 30): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await locator.count();
    if (found === count) return;
    if (Date.now() > deadline) throw new Error(`${found} instead of ${count} of ${String(locator)}`);
    await locator.page().waitForTimeout(100);
  }
}

/** Colour of one pixel of the page, taken from what is on screen: [red, green, blue], 0 to 255. */
export async function pixelAt(page: Page, x: number, y: number): Promise<number[]> {
  const png = await page.screenshot({ clip: { x, y, width: 1, height: 1 } });
  return await page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = document.createElement("canvas").getContext("2d")!;
    canvas.drawImage(image, 0, 0);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  }, png.toString("base64"));
}

/** WCAG contrast ratio of two colours, from 1 to 21. */
export function contrastRatio(left: readonly number[], right: readonly number[]): number {
  const [low, high] = [luminance(left), luminance(right)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Relative luminance, from 0 (black) to 1 (white). */
export function luminance(color: readonly number[]): number {
  const [red, green, blue] = color.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

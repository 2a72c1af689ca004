import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Locator, Page } from "playwright-core";

import { skipWithout } from "../support/programs.ts";
import { findChromium, openNotebook, startBrowser, startLab, waitForIdleKernel } from "./fixtures.ts";
import type { Browser, LabServer } from "./fixtures.ts";
import { chooseMenu, runAll, tables, waitForCount } from "./lab-page.ts";
import { notebookOf } from "./notebook-file.ts";

/** 1,000 rows: numbers with ties, a list, nulls, texts with commas, quotes, line ends and one of 3,000 characters. */
const QUERY = `
  SELECT i AS id, i % 7 AS remainder, i / 4 AS quarter, CASE WHEN i % 5 > 0 THEN 'item ' || i END AS label,
    CASE i WHEN 0 THEN repeat('long ', 600) WHEN 1 THEN 'a,"b"' WHEN 2 THEN E'two\\nlines' WHEN 3 THEN '' ELSE ' x' END AS text,
    [i, i + 1] AS list
  FROM range(1000) AS numbers(i)`;
const SOURCES = [
  'import { fromRows } from "rounds";',
  `fromRows([{ n: 1 }]).sql(\`${QUERY.replaceAll("\\n", "\\\\n")}\`)`,
  `fromRows([Object.fromEntries(Array.from({ length: 2000 }, (_, index) => ["c" + index, index]))])`,
];

describe("a table in JupyterLab", { skip: skipWithout(findChromium() ?? "/usr/bin/chromium") }, () => {
  let lab: LabServer;
  let browser: Browser;
  let page: Page;
  let table: Locator;
  const files = mkdtempSync(join(tmpdir(), "rounds-csv-"));

  before(async () => {
    lab = await startLab();
    browser = await startBrowser();
    const path = join(lab.directory, "table.ipynb");
    writeFileSync(path, notebookOf(SOURCES));
    page = await openNotebook(browser, lab, path);
    await waitForIdleKernel(page);
    await runAll(page);
    table = page.locator(".rounds-Table").first();
    await waitForCount(tables(page), 2);
  });
  after(async () => {
    await browser?.stop();
    await lab?.stop();
    rmSync(files, { recursive: true });
  });

  /** What DuckDB itself writes for a query. */
  async function duckdbCsv(query: string): Promise<string> {
    const connection = await (await DuckDBInstance.create()).connect();
    const path = join(files, "expected.csv");
    await connection.run(`COPY (${query}) TO '${path}' (HEADER)`);
    connection.closeSync();
    return readFileSync(path, "utf8");
  }

  /** Texts of a column of the rows on screen. */
  async function column(name: string): Promise<string[]> {
    const names = await table.locator("thead tr").first().locator("th").allInnerTexts();
    const place = names.findIndex((text) => text.startsWith(name));
    return await table.locator(`tbody tr > :nth-child(${place + 1})`).allInnerTexts();
  }

  async function waitForStatus(text: string | RegExp): Promise<void> {
    await table.locator(".rounds-Table-status", { hasText: text }).waitFor({ timeout: 20_000 });
  }

  async function copiedCsv(): Promise<string> {
    await table.getByRole("button", { name: "Copy CSV" }).click();
    await waitForStatus(/^Copied \d+ rows? as CSV/u);
    return await page.evaluate(() => navigator.clipboard.readText());
  }

  it("shows shape, types, nulls, first and last rows and the gap between them", async () => {
    await table.getByText("1,000 rows × 6 columns").waitFor();
    await table.getByText("VARCHAR · 200 null").waitFor();
    await table.getByText("… 990 rows …").waitFor();
    assert.deepEqual(
      (await column("id")).map((text) => text.trim()).filter((text) => /^\d+$/u.test(text)),
      ["0", "1", "2", "3", "4", "995", "996", "997", "998", "999"],
    );
  });

  it("is reached by Tab, scrolled by arrows, and copied by the keyboard as DuckDB would write it", async () => {
    await table.getByRole("searchbox").first().focus();
    const reached: string[] = [];
    for (let press = 0; press < 4; press++) {
      await page.keyboard.press("Tab");
      reached.push(
        await page.evaluate(() => document.activeElement!.textContent!.slice(0, 14) || "(scroller)"),
      );
    }
    assert.equal(reached[0], "Column filters");
    assert.equal(reached[1], "Copy CSV");
    await page.keyboard.press("Shift+Tab");
    const scroller = table.locator(".rounds-Table-scroll");
    await scroller.focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => document.querySelector(".rounds-Table-scroll")!.scrollLeft > 0);
    await table.getByRole("button", { name: "Copy CSV" }).focus();
    await page.keyboard.press("Enter");
    await waitForStatus("Copied 10 rows as CSV.");
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, await duckdbCsv(`FROM (${QUERY}) WHERE id < 5 OR id >= 995`));
  });

  it("opens a clipped text whole, and closes it again", async () => {
    const more = table.locator(".rounds-Cell-more").first();
    await more.press("Enter");
    const whole = table.locator(".rounds-Cell-text");
    await whole.waitFor();
    assert.equal(await whole.evaluate((node) => node.textContent), "long ".repeat(600));
    await page.keyboard.press("Enter");
    await whole.waitFor({ state: "detached" });
  });

  it("sorts the full data, equal values in the order of the table", async () => {
    await table.getByRole("button", { name: /^remainder/u }).click();
    await waitForStatus("Rows 1 to 50 of 1,000 rows.");
    assert.equal(await table.locator("th[aria-sort='ascending']").count(), 1);
    assert.deepEqual((await column("id")).slice(0, 3), ["0", "7", "14"]);
    await table.getByRole("button", { name: /^remainder/u }).click();
    await table.locator("th[aria-sort='descending']").waitFor();
    await waitForStatus("Rows 1 to 50 of 1,000 rows.");
    assert.deepEqual((await column("id")).slice(0, 3), ["6", "13", "20"]);
    assert.equal(await copiedCsv(), await duckdbCsv(`FROM (${QUERY}) ORDER BY remainder DESC, id LIMIT 50`));
  });

  it("turns pages of the full data", async () => {
    await table.getByRole("button", { name: "Last", exact: true }).click();
    await waitForStatus("Rows 951 to 1,000 of 1,000 rows.");
    assert.equal((await column("id")).at(-1), "994");
  });

  it("keeps the focus while pages are turned by the keyboard", async () => {
    const focused = (): Promise<string> =>
      page.evaluate(() => document.activeElement!.textContent || document.activeElement!.className);
    await table.getByRole("button", { name: "First" }).focus();
    await page.keyboard.press("Enter");
    await waitForStatus("Rows 1 to 50 of 1,000 rows.");
    assert.equal(await table.locator(".rounds-Table-scroll:focus").count(), 1, await focused());
    await table.getByRole("button", { name: "Next" }).focus();
    for (const rows of ["51 to 100", "101 to 150"]) {
      await page.keyboard.press("Enter");
      await waitForStatus(`Rows ${rows} of 1,000 rows.`);
      assert.equal(await focused(), "Next");
    }
  });

  it("filters the full data by text and by number", async () => {
    await table.getByRole("button", { name: "Overview" }).click();
    await table.getByRole("searchbox", { name: /^Filter rows/u }).fill("ITEM 99");
    await waitForStatus("of 9 that match, in 1,000 rows.");
    await table.getByRole("button", { name: "Column filters" }).click();
    await table.getByRole("searchbox", { name: "Filter by id" }).fill("> 992");
    await waitForStatus("Rows 1 to 6 of 6 that match, in 1,000 rows.");
    assert.deepEqual(await column("label"), [
      "item 993",
      "item 994",
      "item 996",
      "item 997",
      "item 998",
      "item 999",
    ]);
    await table.getByRole("searchbox", { name: "Filter by id" }).fill("no such number");
    await table.getByText("No row matches.").waitFor();
    await table.getByRole("button", { name: "Clear filters" }).click();
    await table.getByText("… 990 rows …").waitFor();
  });

  it("shows 2,000 columns by the window, with as many elements as fit in one", async () => {
    const wide = page.locator(".rounds-Table").nth(1);
    await wide.getByText("Columns 1 to 40 of 2000.").waitFor();
    assert.equal(await wide.locator("td, th").count(), 2 * 41);
    await wide.getByRole("button", { name: "Columns ›" }).click();
    await wide.getByText("Columns 41 to 80 of 2000.").waitFor();
    assert.equal(await wide.locator("tbody td").last().innerText(), "79");
  });

  it("sorts and filters the saved rows once the kernel is gone, and says so", async () => {
    await chooseMenu(page, "Kernel", "Shut Down Kernel");
    await page.locator("#jp-main-statusbar", { hasText: "No Kernel" }).waitFor();
    await table.getByRole("button", { name: /^id/u }).click();
    await waitForStatus("Rows 1 to 10 of the 10 saved rows only: the kernel does not answer.");
    await table.getByRole("button", { name: /^id/u }).click();
    await table.locator("th[aria-sort='descending']").waitFor();
    assert.deepEqual((await column("id")).filter((text) => /^\d+$/u.test(text)).slice(0, 2), ["999", "998"]);
    await table.getByRole("searchbox", { name: /^Filter rows/u }).fill("item 99");
    await waitForStatus("of 4 that match, in the 10 saved rows only");
  });
});

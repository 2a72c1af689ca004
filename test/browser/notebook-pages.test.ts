/** The stored notebooks as someone sees them who has neither a kernel nor JupyterLab: every figure is a picture. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, describe, it } from "node:test";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

import { exportHtml } from "../../commands/export-html.ts";
import { projectRoot } from "../../setup/paths.mjs";
import { skipWithout } from "../support/programs.ts";
import { findChromium } from "./fixtures.ts";
import { countOutputs } from "./notebook-file.ts";

const FIGURE = "application/vnd.plotly.v1+json";
const folder = join(projectRoot, "notebooks");
const notebooks = readdirSync(folder)
  .filter((file) => file.endsWith(".ipynb"))
  .map((file) => join(folder, file));

describe(
  "the stored notebooks as pages",
  { skip: skipWithout(findChromium() ?? "/usr/bin/chromium") },
  () => {
    const home = mkdtempSync(join(tmpdir(), "rounds-pages-"));
    let browser: Browser;
    before(async () => {
      exportHtml(notebooks, home);
      browser = await chromium.launch({
        executablePath: findChromium()!,
        args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
      });
    });
    after(async () => {
      await browser?.close();
      rmSync(home, { recursive: true, force: true });
    });

    for (const path of notebooks) {
      const name = basename(path, ".ipynb");
      it(`${name} shows a picture with words for each figure, in light and dark, and asks nobody`, async () => {
        const page = await browser.newPage();
        const noise: string[] = [];
        page.on("console", (message) => {
          if (["error", "warning"].includes(message.type())) noise.push(message.text());
        });
        page.on("pageerror", (error) => noise.push(String(error)));
        page.on("request", (request) => {
          if (/^(?:https?|wss?):/u.test(request.url())) noise.push(`asked for ${request.url()}`);
        });
        const address = pathToFileURL(join(home, `${name}.html`)).href;
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          await page.goto(address);
          const images = await page
            .locator(".jp-OutputArea img[src^='data:image/png']")
            .evaluateAll((nodes) =>
              nodes.map((node) => {
                const { naturalWidth, alt, clientHeight } = node as HTMLImageElement;
                return { naturalWidth, alt, clientHeight };
              }),
            );
          assert.equal(images.length, countOutputs(path, FIGURE));
          for (const { naturalWidth, alt, clientHeight } of images)
            assert.ok(naturalWidth > 100 && clientHeight > 50 && alt.length > 10, alt);
        }
        assert.deepEqual(noise, []);
        await page.close();
      });
    }
  },
);

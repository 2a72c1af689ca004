import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Locator, Page } from "playwright-core";

import { exportHtml } from "../../commands/export-html.ts";
import { skipWithout } from "../support/programs.ts";
import { findChromium, openNotebook, startBrowser, startLab, waitForIdleKernel } from "./fixtures.ts";
import type { Browser, LabServer } from "./fixtures.ts";
import { chooseMenu, contrastRatio, pixelAt, runAll, saveNotebook, waitForCount } from "./lab-page.ts";
import { notebookOf, outputsOf, writeAlteredCopy } from "./notebook-file.ts";

const PROMPT = "application/vnd.rounds.prompt.v1+json";
const STRATEGIES = "application/vnd.rounds.strategies.v1+json";
const hostile = `<img src=x onerror="window.hacked = true"><script>window.hacked = true</script>`;

/** A model that is a formula, writes markup, and waits in its second comparison until a file is there. */
const sources = (gate: string): string[] => [
  `import { existsSync } from "node:fs";
import { chainOfThought, compareStrategies, ensemble, noPrompt, tryPrompt, zeroShot, type LanguageModel } from "rounds";
const hostile = ${JSON.stringify(hostile)};
let asked = 0;
const model: LanguageModel = {
  name: "formula " + hostile, fingerprint: "formula", contextLength: undefined, price: { input: 2, output: 8 },
  async logLikelihood(requests) {
    asked++;
    while (asked === 3 && !existsSync(${JSON.stringify(gate)})) await new Promise((done) => setTimeout(done, 20));
    return requests.map(({ context, continuations }) => continuations.map((text) => {
      const sum = -1 - ((context.length * 7 + text.length * 13) % 50) / 10;
      return { contextTokens: context.length, tokens: [1], logProbabilities: [sum], sum, isGreedy: false };
    }));
  },
  generate: async (requests) => requests.map(({ prompt }) =>
    ({ text: " Since " + hostile, promptTokens: prompt.length, tokens: 4, finishReason: "stop" as const })),
  embed: () => Promise.reject(new Error("none")),
};
const question = {
  id: "q", dataset: "made", question: "Which " + hostile + "?", options: [hostile, "Aspirin", "Heparin"],
  answerIndex: 1, metadata: {},
};`,
  `await tryPrompt(ensemble(chainOfThought(), { runs: 3 }), question, model)`,
  `const questions = Array.from({ length: 40 }, (_, index) =>
  ({ ...question, id: "q" + index, question: question.question + "x".repeat(index), answerIndex: index % 3 }));
await compareStrategies([zeroShot(), ensemble(zeroShot(), { runs: 3 }), noPrompt()], questions, model)`,
];

describe("the prompt view", { skip: skipWithout(findChromium() ?? "/usr/bin/chromium") }, () => {
  let lab: LabServer;
  let browser: Browser;
  let page: Page;
  let path: string;
  let gate: string;
  const trial = (): Locator => page.locator(".rounds-Prompt", { hasText: "runs choose" });
  const comparison = (): Locator => page.locator(".rounds-Prompt[data-state]");

  before(async () => {
    lab = await startLab();
    browser = await startBrowser();
    gate = join(lab.directory, "go");
    path = join(lab.directory, "prompts.ipynb");
    writeFileSync(path, notebookOf(sources(gate)));
    page = await openNotebook(browser, lab, path);
    await waitForIdleKernel(page);
  });
  after(async () => {
    await browser?.stop();
    await lab?.stop();
  });

  it("fills a comparison in while it runs, and keeps what the reader has opened", async () => {
    const ran = runAll(page);
    await page.locator('.rounds-Prompt[data-state="running"] tbody tr').first().waitFor({ timeout: 60_000 });
    assert.equal(existsSync(gate), false);
    assert.match(await comparison().innerText(), /0 of 40 questions.*ensemble: questions 1 to 25/u);
    await waitForCount(comparison().locator("tbody tr"), 1);
    writeFileSync(gate, "");
    await ran;
    await page.locator('.rounds-Prompt[data-state="done"]').waitFor();
    await waitForCount(comparison().locator("tbody tr"), 3);
    const words = await comparison().innerText();
    assert.match(words, /40 questions; p by McNemar's exact test/u);
    assert.match(words, /not comparable: format/u);
    // Shown while it ran, the comparison is not shown a second time as the cell's value.
    await page.getByText("3 strategies on 40 questions, above").waitFor();
  });

  it("shows the exact prompt of each run, its output, tokens, cost and each option's likelihood", async () => {
    await trial().waitFor();
    const text = await trial().innerText();
    assert.match(text, /tokens in, [\d,]+ out, cost [\d.]+/u);
    await waitForCount(trial().locator("tbody tr"), 3);
    const prompt = trial().locator("pre").first();
    const first = await prompt.textContent();
    assert.ok(first!.startsWith("<|system|>: You are a biomedical expert."));
    assert.ok(first!.endsWith("<|assistant|>: Let's think step-by-step."));
    assert.ok(first!.includes(`Which ${hostile}?`));
    await trial()
      .getByRole("button", { name: /^Run 3/u })
      .click();
    const third = await prompt.textContent();
    assert.notEqual(third, first);
    await trial().getByRole("button", { name: "Copy prompt" }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), third);
    assert.equal(await trial().locator("pre").nth(1).textContent(), ` Since ${hostile}`);
  });

  it("opens the questions that a strategy flips, by the keyboard too", async () => {
    const flips = comparison().getByRole("button", { name: /^Flips of no-prompt/u });
    const list = comparison().locator(".rounds-Prompt-flips");
    await flips.click();
    await list.waitFor();
    assert.ok((await list.locator("tbody tr").count()) > 0);
    assert.equal(await flips.getAttribute("aria-expanded"), "true");
    // The table was drawn anew; the keyboard is still where it was.
    await page.keyboard.press("Enter");
    await waitForCount(list, 0);
    await page.keyboard.press("Enter");
    await list.waitFor();
  });

  it("shows hostile texts as texts, here, in an untrusted copy and on a page without viewer", async () => {
    await saveNotebook(page);
    for (const output of outputsOf(path)) assert.ok(JSON.stringify(output).length <= 200_000);
    const copy = join(lab.directory, "untrusted-prompts.ipynb");
    writeAlteredCopy(path, copy);
    assert.deepEqual(await lab.trustOf("untrusted-prompts.ipynb"), [false]);
    const untrusted = await openNotebook(browser, lab, copy);
    await waitForCount(untrusted.locator(".rounds-Prompt"), 2);
    exportHtml([path], lab.directory);
    const exported = await browser.context.newPage();
    await exported.goto(`file://${join(lab.directory, "prompts.html")}`);
    await waitForCount(exported.locator(".rounds-Prompt"), 0);
    for (const other of [untrusted, exported]) {
      const outputs = other.locator(".jp-OutputArea");
      await outputs.getByText("40 questions; p by McNemar").first().waitFor();
      await outputs
        .locator("pre", { hasText: `Which ${hostile}?` })
        .first()
        .waitFor();
      assert.equal(await outputs.locator("img, script").count(), 0);
      assert.equal(await other.evaluate(() => "hacked" in window), false);
      await other.close();
    }
    assert.equal(await page.evaluate(() => "hacked" in window), false);
    assert.deepEqual([browser.errors, browser.foreignRequests], [[], []]);
    const saved = outputsOf(path).flatMap(({ data }) => Object.keys(data ?? {}));
    assert.deepEqual(
      [PROMPT, STRATEGIES].map((type) => saved.filter((each) => each === type).length),
      [1, 1],
    );
    assert.equal(readFileSync(path, "utf8").includes("Which <img"), true);
  });

  it("is readable in a dark theme", async () => {
    for (const [theme, isLight] of [
      ["JupyterLab Dark", "false"],
      ["JupyterLab Light", "true"],
    ] as const) {
      await chooseMenu(page, "Settings", "Theme", theme);
      await page.waitForFunction((light) => document.body.dataset["jpThemeLight"] === light, isLight);
      const words = trial().locator("pre").first();
      await words.scrollIntoViewIfNeeded();
      const box = (await words.boundingBox())!;
      const background = await pixelAt(page, box.x + 3, box.y + box.height - 3);
      const color = await words.evaluate((node) => getComputedStyle(node).color);
      const text = [...color.matchAll(/[\d.]+/gu)].slice(0, 3).map(Number);
      const ratio = contrastRatio(text, background);
      assert.ok(ratio >= 4.5, `${theme}: text ${color} on ${background.join(",")}: ${ratio}`);
    }
  });
});

/** The paper's prompt format, against the figures of its transcription where it lies beside the project. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "node:test";

import { multipleChoiceWords, rolePrompt } from "../../lib/paper/prompt-format.ts";
import { mirrorFolder } from "../data/mirror-folder.ts";

const paperPath = resolve(mirrorFolder, "..", "paper", "paper.md");
const noPaper: string | false = existsSync(paperPath) ? false : "no transcribed paper beside the project";

/** The text of the code block above a figure's caption; its lines are broken anywhere, even within words. */
function figureText(number: number): string {
  const paper = readFileSync(paperPath, "utf8");
  const before = paper.slice(0, paper.indexOf(`\nFigure ${number}:`));
  const [block] = before.split("```").slice(-2);
  return block!;
}

const options = [1, 2, 3, 4, 5].map((option) => `{Option ${option}}`);
const prompt = rolePrompt({
  system: multipleChoiceWords.system,
  prompter: ["{question}", ...options].join("\n"),
});
const withoutSpace = (text: string): string => text.replaceAll(/\s/gu, "");

describe("rolePrompt", () => {
  it("has each role on a line of its own, and ends in the assistant's colon", () => {
    assert.equal(
      prompt,
      "<|system|>: You are a biomedical expert. Select the correct option for the following question:\n" +
        "<|prompter|>: {question}\n{Option 1}\n{Option 2}\n{Option 3}\n{Option 4}\n{Option 5}\n" +
        "<|assistant|>:",
    );
  });

  it("is Figure 4 with the answer after a space", { skip: noPaper }, () => {
    const text = `${prompt} ${multipleChoiceWords.answer}{Correct option}`;
    assert.equal(withoutSpace(text), withoutSpace(figureText(4)));
    const lines = figureText(4).trim().split("\n");
    assert.equal(lines.at(-1), text.split("\n").at(-1));
    assert.deepEqual(lines.slice(2, -1), text.split("\n").slice(1, -1));
    assert.equal(lines.slice(0, 2).join(" "), text.split("\n")[0]);
  });

  it("is Figure 5 with reasoning before the answer", { skip: noPaper }, () => {
    const { reasoning, reasonedAnswer } = multipleChoiceWords;
    const text = `${prompt} ${reasoning}{COT reasoning}${reasonedAnswer}{Correct option}`;
    assert.equal(withoutSpace(text), withoutSpace(figureText(5)));
    // The figure breaks "Therefore" in two; put together, its last two lines are the response, spaces and all.
    assert.equal(figureText(5).trim().split("\n").slice(-2).join(""), text.split("\n").at(-1));
  });
});

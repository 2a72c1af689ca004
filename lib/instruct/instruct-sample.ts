import { checkFields } from "../core/arguments.ts";
import { isRestricted, markRestricted } from "../core/restricted.ts";
import { roleKeywords, rolePrompt, type RolePrompt } from "../paper/prompt-format.ts";
import type { Sensitivity } from "../table/sensitivity.ts";

/** One sample of instruct data: what the model is told and asked, and what it should answer. */
export interface InstructSample extends RolePrompt {
  /** Unique in its source. */
  readonly id: string;
  readonly assistant: string;
  /** Name of the data set. */
  readonly source: string;
  /** SPDX identifier or expression; null: not known. */
  readonly licence: string | null;
  /** A restricted sample's text is never saved with a notebook. */
  readonly sensitivity: Sensitivity;
}

/** The three texts of a sample. */
export type SampleTexts = Pick<InstructSample, "system" | "prompter" | "assistant">;

/** Why a row gives no sample. */
export type SampleProblem = "no-question" | "no-answer" | "role-keyword-in-text" | "unreadable-row";

/**
 * The texts without white space around them, or the reason why they make no sample.
 *
 * A text that holds a role's keyword would pass for another role, so it is refused.
 *
 * @example
 * checkTexts({ system: "Be brief.", prompter: " Dose? ", assistant: "75 mg" })
 * //=> { texts: { system: "Be brief.", prompter: "Dose?", assistant: "75 mg" } }
 */
export function checkTexts(texts: SampleTexts): { texts: SampleTexts } | { problem: SampleProblem } {
  const [system, prompter, assistant] = [texts.system, texts.prompter, texts.assistant].map((text) =>
    text.toWellFormed().replaceAll("\r\n", "\n").trim(),
  ) as [string, string, string];
  if (prompter === "" || system === "") return { problem: "no-question" };
  if (assistant === "") return { problem: "no-answer" };
  const all = `${system}\n${prompter}\n${assistant}`;
  if (Object.values(roleKeywords).some((keyword) => all.includes(keyword))) {
    return { problem: "role-keyword-in-text" };
  }
  return { texts: { system, prompter, assistant } };
}

/**
 * A sample as the text that is trained on, in its two parts: the loss is on the response alone.
 *
 * @example
 * sampleText({ system: "Be brief.", prompter: "Dose?", assistant: "75 mg" }).response //=> " 75 mg"
 */
export function sampleText(sample: SampleTexts): { prompt: string; response: string } {
  checkFields("sample", "a sample with its assistant", sample, ["assistant"]);
  const texts = { prompt: rolePrompt(sample), response: ` ${sample.assistant}` };
  return isRestricted(sample) ? markRestricted(texts) : texts;
}

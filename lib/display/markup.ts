import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { DISPLAY_SYMBOL } from "./bundle.ts";
import type { Displayable } from "./bundle.ts";
import { escapeHtml } from "./escape-html.ts";

/** Text that is markup already and is put into other markup as it is. */
export interface Markup extends Displayable {
  toString(): string;
}

/** A text of Markdown, shown as formatted text. */
export function markdown(text: string): Markup {
  if (typeof text !== "string") throw new ArgumentError("text", "a text", text);
  return markup("text/markdown", text);
}

/**
 * A template of HTML whose values are escaped, unless they come from {@link html} themselves.
 *
 * @example
 * String(html`<p>${"1 < 2"}</p>`) //=> "<p>1 &lt; 2</p>"
 */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Markup {
  checkList("strings", "the texts of a template: html`...`", strings);
  const pieces = strings.map((text, index) => (index === 0 ? text : htmlOf(values[index - 1]) + text));
  return markup("text/html", pieces.join(""));
}

/** Markup that stands as it is: of this project's own files and of text that was made safe, nothing else. */
export function rawHtml(text: string): Markup {
  return markup("text/html", text);
}

const trusted = new WeakSet<object>();

function markup(mimeType: "text/html" | "text/markdown", text: string): Markup {
  const made: Markup = {
    toString: () => text,
    [DISPLAY_SYMBOL]: () => ({ [mimeType]: text, "text/plain": text }),
  };
  if (mimeType === "text/html") trusted.add(made);
  return made;
}

function htmlOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(htmlOf).join("");
  if (typeof value === "object" && value !== null && trusted.has(value)) return String(value);
  return escapeHtml(String(value));
}

import { flatText } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

/**
 * MathML on one line, as people type it: `a^2`, `(a+b)/c`, `sqrt(x)`.
 *
 * Only what would change the meaning when written side by side gets a sign; subscripts are joined.
 */
export function mathText(element: XmlElement): string {
  const parts = element.children.filter((held): held is XmlElement => typeof held !== "string");
  const name = element.name.slice(element.name.indexOf(":") + 1);
  const [first, second, third] = parts.map(mathText);
  switch (name) {
    case "msup":
      return `${grouped(first)}^${grouped(second)}`;
    case "msubsup":
      return `${first}${second}^${grouped(third)}`;
    case "mfrac":
      return `${grouped(first)}/${grouped(second)}`;
    case "msqrt":
      return `sqrt(${parts.map(mathText).join("")})`;
    case "annotation":
    case "annotation-xml":
      return "";
    case "mtext":
    case "mi":
    case "mn":
    case "mo":
    case "ms":
      return flatText(element);
  }
  return parts.length === 0 ? flatText(element) : parts.map(mathText).join("");
}

function grouped(text = ""): string {
  return /^(?:[\p{L}\p{N}.]+|\(.*\)|\p{S})$/u.test(text) ? text : `(${text})`;
}

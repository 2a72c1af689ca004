import { checkString } from "../core/arguments.ts";
import { findIdentifiers } from "./identifiers/find-identifiers.ts";
import type { Identifier } from "./identifiers/identifier.ts";

/**
 * The text with each identifier as its kind: "[name]", "[date]".
 *
 * @param identifiers in order, without overlap; left out, those that {@link findIdentifiers} finds
 *
 * @example
 * maskIdentifiers("Mrs. Okafor, MRN 00482913") //=> "Mrs. [name], MRN [medical-record]"
 */
export function maskIdentifiers(
  text: string,
  identifiers: readonly Identifier[] = findIdentifiers(text),
): string {
  checkString("text", "a text", text);
  let masked = "";
  let end = 0;
  for (const identifier of identifiers) {
    masked += `${text.slice(end, identifier.start)}[${identifier.kind}]`;
    end = identifier.end;
  }
  return masked + text.slice(end);
}

import { parseHTML } from "linkedom";
import { html as standard, parse, type DefaultTreeAdapterTypes } from "parse5";
import { UnreadableError } from "./entry.ts";

type Parent = DefaultTreeAdapterTypes.ParentNode;

/** Deeper nesting is no article, and looking for one would take minutes; browsers too end at some 500. */
const maximumDepth = 500;

/**
 * The document of an HTML page, as browsers build it; nothing is run or fetched.
 *
 * parse5 reads the page by the standard, however broken; linkedom's nodes are light, so that looking for the main text
 * takes a third of the time that a whole browser's nodes take.
 *
 * @throws {UnreadableError} elements that are nested too deeply
 */
export function htmlDocument(page: string): Document {
  const { document } = parseHTML("<html></html>");
  document.documentElement.remove();
  const open: [Parent, Node, number][] = [[parse(page, { scriptingEnabled: false }), document, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [source, target, depth] = next;
    if (depth > maximumDepth) throw new UnreadableError(`HTML deeper than ${maximumDepth} elements`);
    for (const child of source.childNodes) {
      if ("value" in child) target.appendChild(document.createTextNode(child.value));
      else if ("data" in child) target.appendChild(document.createComment(child.data));
      else if ("tagName" in child) {
        const element = createElement(document, child);
        target.appendChild(element);
        open.push([child, element, depth + 1]);
      }
    }
  }
  // linkedom would look in the head alone, and make a title where there is none.
  const title = document.querySelector("title")?.textContent ?? "";
  Object.defineProperty(document, "title", { value: title.replaceAll(/[\t\n\f\r ]+/gu, " ").trim() });
  return document;
}

function createElement(
  document: Document,
  { tagName, namespaceURI, attrs }: DefaultTreeAdapterTypes.Element,
): Element {
  const element =
    namespaceURI === standard.NS.HTML
      ? document.createElement(tagName)
      : document.createElementNS(namespaceURI, tagName);
  for (const { prefix, name, value } of attrs) {
    element.setAttribute(prefix ? `${prefix}:${name}` : name, value);
  }
  return element;
}

import { SaxesParser } from "saxes";
import { UnreadableError } from "./entry.ts";

/** An element of a parsed XML record; comments and processing instructions are left out. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (XmlElement | string)[];
}

/** Deeper nesting is no article. */
const maximumDepth = 500;

export interface XmlRecordsOptions {
  /** Elements that each become one record, with all that is in them; the outermost counts. */
  readonly records: ReadonlySet<string>;
  readonly maximumRecordBytes: number;
}

/**
 * Read XML piece by piece and give each record element as a tree; memory holds one record.
 *
 * Entities of a DTD are never fetched nor expanded: a reference to one is an error, so nothing can grow.
 *
 * @throws {UnreadableError} XML that is not well-formed, an entity, too deep or too large a record
 */
export async function* readXmlRecords(
  text: AsyncIterable<string>,
  options: XmlRecordsOptions,
): AsyncGenerator<XmlElement, void, void> {
  const builder = new RecordBuilder(options);
  for await (const piece of text) {
    yield* builder.write(piece);
  }
  builder.close();
}

class RecordBuilder {
  readonly #parser = new SaxesParser({ fragment: false });
  readonly #open: XmlElement[] = [];
  readonly #options: XmlRecordsOptions;
  #finished: XmlElement[] = [];
  #recordStart = 0;
  #depth = 0;

  constructor(options: XmlRecordsOptions) {
    this.#options = options;
    const parser = this.#parser;
    parser.on("error", (error) => {
      throw new UnreadableError(`XML that is not well-formed: ${error.message.slice(0, 200)}`);
    });
    parser.on("opentag", (tag) => this.#openElement(tag.name, tag.attributes as Record<string, string>));
    parser.on("closetag", () => this.#closeElement());
    parser.on("text", (content) => this.#addText(content));
    parser.on("cdata", (content) => this.#addText(content));
  }

  write(piece: string): XmlElement[] {
    this.#finished = [];
    this.#parser.write(piece);
    if (
      this.#open.length > 0 &&
      this.#parser.position - this.#recordStart > this.#options.maximumRecordBytes
    ) {
      throw new UnreadableError(
        `a record larger than ${this.#options.maximumRecordBytes} characters (option "maximumDocumentBytes")`,
      );
    }
    return this.#finished;
  }

  close(): void {
    this.#parser.close();
  }

  #openElement(name: string, attributes: Record<string, string>): void {
    if (++this.#depth > maximumDepth) throw new UnreadableError(`XML deeper than ${maximumDepth} elements`);
    if (this.#open.length === 0) {
      if (!this.#options.records.has(name)) return;
      this.#recordStart = this.#parser.position;
    }
    const element: XmlElement = { name, attributes, children: [] };
    this.#open.at(-1)?.children.push(element);
    this.#open.push(element);
  }

  #closeElement(): void {
    this.#depth--;
    const element = this.#open.pop();
    if (element !== undefined && this.#open.length === 0) this.#finished.push(element);
  }

  #addText(content: string): void {
    this.#open.at(-1)?.children.push(content);
  }
}

/** The first child of that name. */
export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((held): held is XmlElement => typeof held !== "string" && held.name === name);
}

/** The element at the end of a way of names, each the first of its name. */
export function descend(
  element: XmlElement | undefined,
  ...names: readonly string[]
): XmlElement | undefined {
  return names.reduce<XmlElement | undefined>(child, element);
}

/** The children of that name, in order. */
export function childrenOf(element: XmlElement | undefined, name: string): XmlElement[] {
  return (element?.children ?? []).filter(
    (held): held is XmlElement => typeof held !== "string" && held.name === name,
  );
}

/** All elements of that name below, in order. */
export function findAll(
  element: XmlElement | undefined,
  name: string,
  found: XmlElement[] = [],
): XmlElement[] {
  for (const held of element?.children ?? []) {
    if (typeof held === "string") continue;
    if (held.name === name) found.push(held);
    findAll(held, name, found);
  }
  return found;
}

/** All text below, white space as one space. */
export function flatText(element: XmlElement | undefined): string {
  return rawText(element).replaceAll(/\s+/gu, " ").trim();
}

/** All text below, as it stands. */
export function rawText(element: XmlElement | undefined): string {
  let text = "";
  for (const held of element?.children ?? []) text += typeof held === "string" ? held : rawText(held);
  return text;
}

/** The text, or undefined where there is none. */
export function textOrUndefined(element: XmlElement | undefined): string | undefined {
  const text = flatText(element);
  return text === "" ? undefined : text;
}

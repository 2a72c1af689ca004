import { declaredEncoding, decodeStream, decodeWhole, readWhole } from "./decode-text.ts";
import type { DecodeOptions } from "./decode-text.ts";
import type { DocumentFormat } from "./document-format.ts";
import type { Entry, ParseOutcome } from "./entry.ts";
import { maximumHtmlBytes, parseHtml } from "./html.ts";
import { jatsRecords, parseJats } from "./jats.ts";
import type { JatsTextOptions } from "./jats-text.ts";
import { parseJsonLines } from "./json-lines.ts";
import { medlineRecords, parseMedline } from "./medline.ts";
import { medquadRecords, parseMedquad } from "./medquad.ts";
import { parseMarkdown, parsePlainText } from "./plain-text.ts";
import { parseTable } from "./table-rows.ts";
import type { TableRowOptions } from "./table-rows.ts";
import { parseWiki, parseWikiPage, wikiParser, wikiRecords } from "./wiki.ts";
import { readXmlRecords } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

export type ParseOptions = DecodeOptions &
  TableRowOptions &
  JatsTextOptions & { readonly maximumDocumentBytes: number };

/** The documents of an entry in one format; what it throws fails the rest of the entry. */
export async function* parseEntry(
  entry: Entry,
  bytes: AsyncIterable<Buffer>,
  format: DocumentFormat,
  options: ParseOptions,
): AsyncGenerator<ParseOutcome, void, void> {
  const wholeText = async () =>
    decodeWhole(await readWhole(bytes, options.maximumDocumentBytes), "utf-8", options);
  switch (format) {
    case "jats":
      return yield* xmlDocuments(bytes, jatsRecords, options, (article) => [parseJats(article, options)]);
    case "medline":
      return yield* xmlDocuments(bytes, medlineRecords, options, (record) => [parseMedline(record)]);
    case "medquad":
      return yield* xmlDocuments(bytes, medquadRecords, options, parseMedquad);
    case "wiki-dump": {
      const wiki = await wikiParser();
      return yield* xmlDocuments(bytes, wikiRecords, options, (page) => [parseWikiPage(page, wiki)]);
    }
    case "html":
      yield parseHtml(
        await readWhole(bytes, Math.min(options.maximumDocumentBytes, maximumHtmlBytes)),
        options,
      );
      return;
    case "markdown":
      yield parseMarkdown(await wholeText());
      return;
    case "text":
      yield parsePlainText(await wholeText());
      return;
    case "wiki":
      yield parseWiki(await wholeText(), await wikiParser()) ?? { place: "page", reason: "a redirect" };
      return;
    case "jsonl":
      return yield* parseJsonLines(bytes, options);
    case "csv":
    case "parquet":
      return yield* parseTable(entry, format, options);
  }
}

async function* xmlDocuments(
  bytes: AsyncIterable<Buffer>,
  records: ReadonlySet<string>,
  options: ParseOptions,
  parse: (record: XmlElement) => Iterable<ParseOutcome>,
): AsyncGenerator<ParseOutcome, void, void> {
  const text = decodeStream(bytes, declaredEncoding, options);
  const reading = { records, maximumRecordBytes: options.maximumDocumentBytes };
  let count = 0;
  for await (const record of readXmlRecords(text, reading)) {
    count++;
    yield* parse(record);
  }
  if (count === 0) yield { place: "the whole file", reason: `no element ${[...records].join(" or ")} in it` };
}

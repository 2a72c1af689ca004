import { checkFields, checkList } from "../../core/arguments.ts";
import { ArgumentError } from "../../core/errors.ts";
import { checkOptions, integerOption } from "../../core/options.ts";
import { DISPLAY_SYMBOL } from "../../display/bundle.ts";
import type { Bundle, Displayable } from "../../display/bundle.ts";
import { escapeHtml } from "../../display/escape-html.ts";
import { countOf } from "../../display/table-model.ts";
import type { ByteSpan } from "../exact-spans/span-marks.ts";
import type { ComparedText } from "./compare-texts.ts";

/** A text with the spans in it that repeat elsewhere; shows itself. */
export interface MarkedSpans extends Displayable {
  readonly id: string;
  /** Bytes of the text, and those that lie in a span. */
  readonly bytes: number;
  readonly markedBytes: number;
  readonly spans: readonly ByteSpan[];
}

export interface MarkSpansOptions {
  /** Characters shown before and after a span; what lies further off is told by its length. @default 120 */
  readonly contextCharacters?: number;
  /** Spans shown; the rest is told by its number. @default 20 */
  readonly maximumSpans?: number;
}

/**
 * A text with spans marked in their place, as `rounds spans` writes them.
 *
 * A span that begins or ends within a character is shown with the whole character. Of a restricted text the counts
 * alone are shown.
 *
 * @param spans in order, apart from each other
 * @throws {ArgumentError} a span outside of the text, or before the end of the one before it
 *
 * @example
 * markSpans({ id: "a", text: "dose dose" }, [{ start: 5, end: 9 }]).markedBytes //=> 4
 */
export function markSpans(
  document: ComparedText,
  spans: readonly ByteSpan[],
  options: MarkSpansOptions = {},
): MarkedSpans {
  checkFields("document", "an object with a text", document, ["text"]);
  checkList("spans", "a list of spans", spans);
  const limits = checkOptions(options, {
    contextCharacters: integerOption(120, { minimum: 0 }),
    maximumSpans: integerOption(20, { minimum: 1 }),
  });
  const bytes = Buffer.from(document.text);
  let end = 0;
  for (const [index, span] of spans.entries()) {
    if (!(span.start >= end && span.end > span.start && span.end <= bytes.length)) {
      throw new ArgumentError(`spans[${index}]`, `within bytes ${end} to ${bytes.length}`, span);
    }
    end = span.end;
  }
  const markedBytes = spans.reduce((sum, span) => sum + span.end - span.start, 0);
  const marked = { id: document.id, bytes: bytes.length, markedBytes, spans };
  return {
    ...marked,
    [DISPLAY_SYMBOL]: () =>
      bundleOf(marked, document.sensitivity === "restricted" ? undefined : bytes, limits),
  };
}

function bundleOf(
  { id, spans, markedBytes, bytes: all }: Omit<MarkedSpans, typeof DISPLAY_SYMBOL>,
  bytes: Buffer | undefined,
  { contextCharacters, maximumSpans }: Readonly<Required<MarkSpansOptions>>,
): Bundle {
  const share = ((100 * markedBytes) / Math.max(1, all)).toFixed(1);
  const caption = `${id}: ${countOf(spans.length, "span")}, ${markedBytes} of ${all} bytes (${share} %)`;
  if (bytes === undefined) return { "text/plain": `${caption} (restricted: no text is shown)` };
  const shown = spans.slice(0, maximumSpans);
  const pieces: { text: string; isMarked: boolean }[] = [];
  let place = 0;
  for (const { start, end } of shown) {
    const from = characterStart(bytes, start);
    const to = characterEnd(bytes, end);
    pieces.push({
      text: shortened(bytes.toString("utf8", place, from), contextCharacters, place === 0),
      isMarked: false,
    });
    pieces.push({ text: bytes.toString("utf8", Math.max(place, from), to), isMarked: true });
    place = to;
  }
  const rest = bytes.toString("utf8", place);
  pieces.push({
    text: rest.length <= contextCharacters ? rest : `${rest.slice(0, contextCharacters)} …`,
    isMarked: false,
  });
  const hidden = spans.length - shown.length;
  const more = hidden > 0 ? `<p>… ${countOf(hidden, "more span")}</p>` : "";
  const body = pieces.map(({ text, isMarked }) =>
    isMarked ? `<mark style="${markStyle}">${escapeHtml(text)}</mark>` : escapeHtml(text),
  );
  return {
    "text/html": `<p>${escapeHtml(caption)}</p><div style="${textStyle}">${body.join("")}</div>${more}`,
    "text/plain": `${caption}\n${pieces.map(({ text, isMarked }) => (isMarked ? `[${text}]` : text)).join("")}`,
  };
}

const textStyle = "white-space:pre-wrap;overflow-wrap:anywhere;max-width:80ch";
/** The page's own text colour on a tint that is seen on white and on black. */
const markStyle = "color:inherit;background:rgba(230,159,0,.35)";

function shortened(text: string, context: number, isFirst: boolean): string {
  const keep = isFirst ? context : 2 * context;
  if (text.length <= keep) return text;
  const left = text.length - keep;
  const before = isFirst ? "" : text.slice(0, context);
  return `${before}\n… ${left} characters …\n${text.slice(text.length - context)}`;
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

function characterStart(bytes: Buffer, place: number): number {
  let start = place;
  while (start > 0 && isContinuation(bytes[start])) start--;
  return start;
}

function characterEnd(bytes: Buffer, place: number): number {
  let end = place;
  while (end < bytes.length && isContinuation(bytes[end])) end++;
  return end;
}

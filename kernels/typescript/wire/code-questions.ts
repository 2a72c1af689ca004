import type { LanguageClient } from "../language/client.ts";
import { type Inspection, mergeInspections } from "../session/inspection.ts";
import { unicodeIndex, utf16Index } from "./cursor.ts";
import type { Request } from "./request.ts";
import type { ToHost } from "./thread-messages.ts";

/** How long a question about values may wait for a cell that keeps their thread busy. */
const BUSY_MILLISECONDS = 1_000;

export interface CodeQuestionsOptions {
  readonly language: LanguageClient;
  readonly post: (message: ToHost) => void;
  /** Whether a cell runs. */
  readonly isBusy: () => boolean;
  /** End a request, unless it has ended already. */
  readonly finish: (request: Request, content: object) => void;
}

/**
 * What front ends ask about code: how it goes on, what a name is.
 *
 * Types answer, also while a cell runs; values do where types know nothing, and are asked through the host.
 */
export class CodeQuestions {
  readonly #options: CodeQuestionsOptions;
  /** What types say of questions that the host is at work on. */
  readonly #typed = new Map<number, Inspection>();

  constructor(options: CodeQuestionsOptions) {
    this.#options = options;
  }

  async complete(request: Request): Promise<void> {
    const { language, post, finish } = this.#options;
    const { code, cursorPosition } = questionOf(request);
    const found = this.#usesTypes ? await language.complete(request.id, code, cursorPosition) : undefined;
    if (found !== undefined) {
      const { matches, cursorStart, cursorEnd, metadata } = found;
      finish(request, { matches, cursor_start: cursorStart, cursor_end: cursorEnd, metadata });
      return;
    }
    post({ type: "complete", request: request.id, code, cursorPosition });
    const nothing = { matches: [], cursor_start: cursorPosition, cursor_end: cursorPosition, metadata: {} };
    this.#finishIfBusy(request, nothing);
  }

  async inspect(request: Request): Promise<void> {
    const { language, post, finish, isBusy } = this.#options;
    const { code, cursorPosition } = questionOf(request);
    const typed = this.#usesTypes ? await language.inspect(request.id, code, cursorPosition) : undefined;
    if (typed !== undefined && isBusy()) {
      finish(request, { found: true, data: typed.data, metadata: {} });
      return;
    }
    if (typed !== undefined) this.#typed.set(request.id, typed);
    const detailLevel = request.message.content["detail_level"] === 1 ? 1 : 0;
    post({ type: "inspect", request: request.id, code, cursorPosition, detailLevel });
    this.#finishIfBusy(request, { found: false, data: {}, metadata: {} });
  }

  /** The content of the reply, from what values, or types alone, have answered. */
  reply(request: Request, contentJson: string): object {
    const content = JSON.parse(contentJson) as Record<string, unknown>;
    return request.type === "inspect_request"
      ? this.#withTypes(request, content as unknown as Inspection)
      : withUnicodeCursor(content, questionOf(request).code);
  }

  /** Values answer while types are still loading, unless a cell keeps their thread. */
  get #usesTypes(): boolean {
    const { language, isBusy } = this.#options;
    language.start();
    return language.isReady || isBusy();
  }

  #finishIfBusy(request: Request, content: object): void {
    if (this.#options.isBusy()) setTimeout(() => this.#options.finish(request, content), BUSY_MILLISECONDS);
  }

  #withTypes(request: Request, { found, data, description, ...rest }: Inspection): object {
    const live: Inspection = { found, data, ...(description && { description }) };
    const merged = mergeInspections(this.#typed.get(request.id), live);
    this.#typed.delete(request.id);
    return { ...rest, found: merged.found, data: merged.data };
  }
}

/** The code of a question, and the place of the cursor in UTF-16 units. */
function questionOf({ message: { content } }: Request): { code: string; cursorPosition: number } {
  const code = String(content["code"] ?? "");
  return { code, cursorPosition: utf16Index(code, Number(content["cursor_pos"] ?? code.length)) };
}

function withUnicodeCursor(content: { cursor_start?: number; cursor_end?: number }, code: string): object {
  if (content.cursor_start === undefined || content.cursor_end === undefined) return content;
  return {
    ...content,
    cursor_start: unicodeIndex(code, content.cursor_start),
    cursor_end: unicodeIndex(code, content.cursor_end),
  };
}

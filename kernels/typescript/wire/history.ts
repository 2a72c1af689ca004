interface Entry {
  readonly line: number;
  readonly input: string;
  readonly output: string | undefined;
}

/** A row of a history reply: session, line and input, or input with output. */
export type HistoryRow = [session: number, line: number, input: string | [string, string | null]];

/** Session 0 is the current one; earlier ones are not kept. */
const SESSION = 0;

/** The cells that this session stored. */
export class History {
  readonly #entries: Entry[] = [];

  add(entry: Entry): void {
    this.#entries.push(entry);
  }

  /**
   * Answer a `history_request`, whose fields are the protocol's: `tail` gives the last `n`, `range` the lines
   * from `start` up to but without `stop`, `search` the last `n` that match the glob `pattern`.
   */
  find(request: Record<string, unknown>): HistoryRow[] {
    const withOutput = request["output"] === true;
    return this.#select(request).map(({ line, input, output }) => [
      SESSION,
      line,
      withOutput ? [input, output ?? null] : input,
    ]);
  }

  #select(request: Record<string, unknown>): Entry[] {
    const count = typeof request["n"] === "number" ? request["n"] : Infinity;
    switch (request["hist_access_type"]) {
      case "range": {
        if (typeof request["session"] === "number" && request["session"] !== SESSION) return [];
        const start = Number(request["start"] ?? 0);
        const stop = Number(request["stop"] ?? Infinity);
        return this.#entries.filter(({ line }) => line >= start && line < stop);
      }
      case "search": {
        const pattern = String(request["pattern"] ?? "*");
        let found = this.#entries.filter(({ input }) => matchesGlob(input, pattern));
        if (request["unique"] === true) {
          found = [...new Map(found.map((entry) => [entry.input, entry])).values()];
        }
        return lastOf(found, count);
      }
      default:
        return lastOf(this.#entries, count);
    }
  }
}

function lastOf(entries: readonly Entry[], count: number): Entry[] {
  return count <= 0 ? [] : entries.slice(-count);
}

/**
 * Whether a text is what a glob says: `*` is any text, `?` one character, as in the shell.
 *
 * A regular expression would take for ever where many stars almost match.
 */
function matchesGlob(text: string, glob: string): boolean {
  let [at, place] = [0, 0];
  /** The last star, and how far the text that it stands for reaches so far. */
  let star: { at: number; end: number } | undefined;
  while (place < text.length) {
    if (glob[at] === "*") star = { at: at++, end: place };
    else if (at < glob.length && (glob[at] === "?" || glob[at] === text[place])) {
      at += 1;
      place += 1;
    } else if (star !== undefined) {
      at = star.at + 1;
      place = star.end += 1;
    } else return false;
  }
  return glob.slice(at).replaceAll("*", "") === "";
}

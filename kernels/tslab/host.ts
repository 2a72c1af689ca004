import { createRequire } from "node:module";

type MimeMap = Readonly<Record<string, unknown>>;

interface RichBundle {
  readonly data: MimeMap;
  readonly metadata?: object;
}

interface DisplayContent {
  readonly data: MimeMap;
  readonly metadata: object;
  readonly transient: { readonly display_id?: string };
}

interface TslabJupyter {
  /** Sends an output of the cell that runs, or ran last; null before the first. tslab's `display` calls it. */
  readonly lastWriteDisplayData: ((content: DisplayContent, update: boolean) => void) | null;
}

const jupyter = createRequire(import.meta.url)("tslab/dist/jupyter.js") as TslabJupyter;

/**
 * Give libraries in a tslab notebook what our own kernel gives them, as far as tslab can.
 *
 * tslab's `display` sends one MIME type an output; the function beneath it takes a whole bundle, so that a
 * figure is saved with its picture and its text. tslab has no comms, asks nobody how to show a result, and
 * cannot clear an output.
 */
export function installHost(): void {
  let interrupt = new AbortController();
  process.on("SIGINT", () => {
    interrupt.abort();
    interrupt = new AbortController();
  });
  const host = {
    display(
      bundle: RichBundle | MimeMap,
      options: { readonly displayId?: string; readonly update?: boolean } = {},
    ): void {
      const { data, metadata = {} } = isRich(bundle) ? bundle : { data: bundle };
      const { displayId, update = false } = options;
      const transient = displayId === undefined ? {} : { display_id: displayId };
      jupyter.lastWriteDisplayData?.({ data, metadata, transient }, update);
    },
    clearOutput(): void {},
    registerCommTarget(): void {},
    registerFormatter(): void {},
    openComm(): never {
      throw new Error("the tslab kernel has no comms; the kernel TypeScript (Rounds) has");
    },
    get interruptSignal(): AbortSignal {
      return interrupt.signal;
    },
  };
  Object.defineProperty(globalThis, Symbol.for("Jupyter.display"), { value: host });
}

/** A MIME type always has a slash. */
function isRich(bundle: RichBundle | MimeMap): bundle is RichBundle {
  return typeof bundle["data"] === "object";
}

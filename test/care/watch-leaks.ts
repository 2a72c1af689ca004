/** Looks for marked strings in all that a call leaves behind. */
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { inspect } from "node:util";

import { DISPLAY_SYMBOL } from "../../lib/display/bundle.ts";
import { guardConsole } from "../../lib/display/guard-console.ts";
import { formatValue } from "../../lib/display/show.ts";

/** Stands in every restricted value, with a number that tells which; must stand in nothing that leaves the process. */
export const mark = "QXZMARKED";
/** A restricted number. */
export const markedNumber = 7_301_946_583;

const found = new RegExp(`.{0,60}(?:${mark}|${markedNumber}).{0,40}`, "iu");

/** The text around the first mark; undefined for none. */
export function markIn(held: string): string | undefined {
  return found.exec(held)?.[0];
}

/** What was written to the terminal, shown or saved while a call ran. */
export class LeakWatch {
  readonly #written: string[] = [];

  /** Run a call as a cell: its value is shown, its error told; all that was made of both is looked through. */
  async leaksOf(call: () => unknown): Promise<string | undefined> {
    this.#written.length = 0;
    const restore = [this.#capture(process.stdout), this.#capture(process.stderr), this.#host()];
    try {
      const value = await call();
      this.#written.push(JSON.stringify((await shown(value)) ?? null));
      console.log(value);
    } catch (error) {
      this.#written.push(told(error));
      console.error(error);
    } finally {
      for (const undo of restore) undo();
    }
    return markIn(this.#written.join("\n"));
  }

  #capture(stream: NodeJS.WriteStream): () => void {
    const write = stream.write.bind(stream);
    stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
      // The test runner's own reports are bytes.
      if (typeof chunk !== "string") return write(chunk, ...rest);
      this.#written.push(chunk);
      return true;
    }) as typeof stream.write;
    return () => void (stream.write = write);
  }

  /** A notebook's host, which keeps what is displayed. */
  #host(): () => void {
    const display = (bundle: unknown): void => void this.#written.push(JSON.stringify(bundle));
    const host = {
      display,
      clearOutput() {},
      registerCommTarget() {},
      registerFormatter() {},
      openComm: (_target: string, data: unknown) => {
        display(data);
        return { id: "1", send: display, close: display, onMessage() {}, onClose() {} };
      },
      interruptSignal: AbortSignal.timeout(20_000),
    };
    Reflect.set(globalThis, DISPLAY_SYMBOL, host);
    return () => void Reflect.deleteProperty(globalThis, DISPLAY_SYMBOL);
  }
}

guardConsole(console);

/** As the kernel shows the last value of a cell. */
async function shown(value: unknown): Promise<unknown> {
  return (await formatValue(value)) ?? inspect(value, { depth: 4, maxArrayLength: 100 });
}

/** An error with its stack, its properties and its causes, deeper than the kernel tells it. */
function told(error: unknown): string {
  const properties = error instanceof Error ? Object.getOwnPropertyDescriptors(error) : {};
  return inspect(error, { depth: 6, showHidden: true }) + inspect(properties, { depth: 6 });
}

/** Files under a folder that hold a mark, but for those named. */
export function markedFiles(folder: string, except: readonly string[] = []): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !except.some((allowed) => path.startsWith(allowed)))
    .filter((path) => markIn(readFileSync(path, "latin1")) !== undefined);
}

/** An endpoint on this machine that is reached by a name that is not this machine's; keeps what it is sent. */
export async function startListener() {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    requests.push(`${request.url} ${JSON.stringify(request.headers)} ${await text(request)}`);
    response.setHeader("content-type", "application/json");
    if (request.url === "/v1/models") response.end('{"object":"list","data":[{"id":"elsewhere"}]}');
    else
      response.end('{"object":"text_completion","choices":[{"index":0,"text":"x","finish_reason":"stop"}]}');
  });
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    url: `http://0.0.0.0:${port}/v1`,
    requests,
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

// What `import ... from "tslab"` means in this kernel: tslab's public API, with bundles of several MIME types
// and clearing added.
import { createRequire } from "node:module";
import type { Bundle } from "./host/bundle.ts";
import { DISPLAY, type JupyterHost } from "./host/host.ts";

/** Shows rich content in the cell that calls it. */
export interface Display {
  javascript(source: string): void;
  html(source: string): void;
  markdown(source: string): void;
  latex(source: string): void;
  svg(source: string): void;
  png(bytes: Uint8Array): void;
  jpeg(bytes: Uint8Array): void;
  gif(bytes: Uint8Array): void;
  pdf(bytes: Uint8Array): void;
  text(text: string): void;
  /** @param content text, or bytes, which are sent as base64 */
  raw(contentType: string, content: string | Uint8Array): void;
  /** Show several representations as one output; the front end takes the richest it knows. */
  bundle(bundle: Bundle): void;
  /**
   * Remove the outputs of the cell.
   *
   * @param options.wait only when the next output comes, so that nothing flickers
   */
  clear(options?: { wait?: boolean }): void;
}

const require = createRequire(import.meta.url);

/** Versions of tslab, whose API this is, of TypeScript and of Node. */
export const versions = {
  tslab: versionOf("tslab"),
  typescript: versionOf("typescript"),
  node: process.version,
};

/** Each call adds an output to the cell. */
export const display: Display = createDisplay((bundle) => host().display(bundle));

/** A display whose later calls replace what the first one showed, also from other cells. */
export function newDisplay(): Display {
  const displayId = crypto.randomUUID();
  let shown = false;
  return createDisplay((bundle) => {
    host().display(bundle, { displayId, update: shown });
    shown = true;
  });
}

function createDisplay(show: (bundle: Bundle) => void): Display {
  const showAs =
    (contentType: string) =>
    (content: string | Uint8Array): void =>
      show({ [contentType]: content });
  return {
    javascript: showAs("text/javascript"),
    html: showAs("text/html"),
    markdown: showAs("text/markdown"),
    latex: showAs("text/latex"),
    svg: showAs("image/svg+xml"),
    png: showAs("image/png"),
    jpeg: showAs("image/jpeg"),
    gif: showAs("image/gif"),
    pdf: showAs("application/pdf"),
    text: showAs("text/plain"),
    raw: (contentType, content) => show({ [contentType]: parsedJson(contentType, content) }),
    bundle: show,
    clear: (options) => host().clearOutput(options),
  };
}

/** Notebooks written for tslab hand JSON over as text, while front ends expect the value. */
function parsedJson(contentType: string, content: string | Uint8Array): unknown {
  if (typeof content !== "string" || !/^application\/(.+\+)?json$/.test(contentType)) return content;
  return JSON.parse(content) as unknown;
}

function host(): JupyterHost {
  const found = (globalThis as unknown as Record<symbol, JupyterHost | undefined>)[DISPLAY];
  if (found === undefined) throw new Error("tslab's display works inside the notebook kernel only");
  return found;
}

function versionOf(packageName: string): string {
  return (require(`${packageName}/package.json`) as { version: string }).version;
}

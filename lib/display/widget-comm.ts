import type { Comm } from "./jupyter-host.ts";
import { KeptValues } from "./kept-values.ts";
import { packState, unpackState } from "./widget-state.ts";
import type { WidgetState } from "./widget-state.ts";
import type { Widget, WidgetView } from "./widget.ts";

/** What a page sends; `number` counts its updates. */
type FromPage =
  | { kind: "update"; number: number; state: WidgetState; bytes: string[] }
  | { kind: "message"; content: unknown };

/** Widgets that stay reachable from the page. */
const MAXIMUM_KEPT_WIDGETS = 200;

const kept = new KeptValues<Widget>("rounds.widget", MAXIMUM_KEPT_WIDGETS);

export function keepWidget(id: string, widget: Widget): void {
  kept.keep(id, widget);
}

/** An id that no other widget of this kernel has: the same ones in each run. */
export function widgetId(fingerprint: string): string {
  for (let number = 1; ; number++) {
    const id = number === 1 ? fingerprint : `${fingerprint}-${number}`;
    if (kept.get(id) === undefined) return id;
  }
}

/** Answer the pages that show widgets, if there is a kernel to answer in. */
export function serveWidgets(): void {
  kept.serve(connect);
}

/**
 * Tell a page what the widget is, and each of the two what the other changes.
 *
 * A page that has sent updates which the kernel has not seen keeps its own values of those names, so both end
 * with the same: `seen` is the number of the last one that has arrived.
 */
function connect(comm: Comm, widget: Widget): void {
  let seen = 0;
  const sendUpdate = (kind: "open" | "update", values: WidgetState, more: object = {}): void => {
    const { state, bytes, buffers } = packState(values);
    comm.send({ kind, state, bytes, seen, ...more }, buffers);
  };
  const view: WidgetView = {
    update: (changes) => sendUpdate("update", changes),
    message: (content, buffers) => comm.send({ kind: "message", content }, [...buffers]),
  };
  const detach = widget.attach(view);
  sendUpdate("open", widget.state, { esm: widget.esm, css: widget.css });
  comm.onMessage((data, buffers) => {
    const message = data as FromPage;
    if (message.kind === "message") {
      widget.receiveMessage(message.content, buffers);
      return;
    }
    seen = message.number;
    try {
      widget.receive(unpackState(message, buffers), view);
    } finally {
      sendUpdate("update", {});
    }
  });
  comm.onClose(detach);
}

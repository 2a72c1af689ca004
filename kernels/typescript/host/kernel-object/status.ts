import { createRequire } from "node:module";

import type { Status } from "../../kernel-object.ts";
import { Signal } from "../../wire/thread-messages.ts";
import { shownAsTable } from "./shown.ts";

const { version: typescript } = createRequire(import.meta.url)("typescript6/package.json") as {
  version: string;
};

export function readStatus(signals: Int32Array): Status {
  const status: Status = {
    node: process.versions.node,
    typescript,
    upSeconds: Math.round(process.uptime()),
    processId: process.pid,
    badSignatures: Atomics.load(signals, Signal.badSignatures),
    malformedMessages: Atomics.load(signals, Signal.malformedMessages),
  };
  return shownAsTable(status, {
    columns: [{ name: "kernel" }, { name: "", isQuantity: true }],
    rows: [
      ["Node", status.node],
      ["TypeScript", status.typescript],
      ["seconds since its start", String(status.upSeconds)],
      ["process", String(status.processId)],
      ["dropped: signed with another key", String(status.badSignatures)],
      ["dropped: no messages", String(status.malformedMessages)],
    ],
  });
}

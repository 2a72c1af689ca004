import { randomUUID } from "node:crypto";

import { jupyterHost } from "../display/jupyter-host.ts";

/** Writes a line that replaces itself in the cell's output; without a kernel, lines to standard error. */
export function statusLine(): (status: string) => void {
  const host = jupyterHost();
  const displayId = randomUUID();
  let update = false;
  return (status) => {
    if (host === undefined) process.stderr.write(`${status}\n`);
    else host.display({ "text/plain": status }, { displayId, update });
    update = true;
  };
}

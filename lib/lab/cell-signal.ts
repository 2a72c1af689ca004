import { jupyterHost } from "../display/jupyter-host.ts";

/** Aborts when the signal does, or when the cell that runs now is interrupted. */
export function cellSignal(signal?: AbortSignal): AbortSignal {
  const ends = [signal, jupyterHost()?.interruptSignal].filter((each) => each !== undefined);
  return AbortSignal.any(ends);
}

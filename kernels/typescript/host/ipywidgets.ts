import type { Comms } from "./comms.ts";

/**
 * Answer front ends that have ipywidgets installed: when they connect they ask for all widgets of the kernel,
 * and wait for seconds where nothing answers. There are none of that kind here.
 */
export function answerIpywidgets(comms: Comms): void {
  comms.register("jupyter.widget.control", (comm) => {
    comm.onMessage((data) => {
      if ((data as { method?: unknown } | null)?.method !== "request_states") return;
      comm.send({ method: "update_states", states: {}, buffer_paths: [] });
    });
  });
}

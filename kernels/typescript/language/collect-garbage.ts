import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (how: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;

let collect: Collect | undefined;

/**
 * Give back what the last programs took. Left alone, the engine keeps twice of what lives and waits for more
 * work, which comes when the user has typed again.
 *
 * The kind that runs before memory ends: it moves what lives together, so that pages go back to the system. It
 * takes 0.15 s, in this thread only, and the next answer 20 ms more.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as Collect;
    setFlagsFromString("--no-expose-gc");
  }
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}

import { createRequire } from "node:module";

import type { Kernel } from "../../kernel-object.ts";
import type { Session } from "../../session/session.ts";
import { currentCell } from "../cell.ts";

const require = createRequire(import.meta.url);

export interface KernelOptions {
  readonly session: () => Session;
  readonly directory: string;
  readonly signals: Int32Array;
  /** Told which variables are no longer there. */
  readonly onForgotten: (names: readonly string[]) => void;
}

/** Make what cells reach as `kernel`; each part is loaded when it is first used. */
export function createKernel({ session, directory, signals, onForgotten }: KernelOptions): Kernel {
  return {
    time(work?: () => unknown, options?: { readonly runs?: number }) {
      const { timeCell, timeWork } = require("./time.ts") as typeof import("./time.ts");
      return (work === undefined ? timeCell(currentCell()) : timeWork(work, options)) as never;
    },
    memory() {
      const { readMemory } = require("./memory.ts") as typeof import("./memory.ts");
      return readMemory();
    },
    variables() {
      const { listVariables } = require("./variables.ts") as typeof import("./variables.ts");
      return listVariables(session().variables());
    },
    reset(...names) {
      const forgotten = session().forget(names);
      onForgotten(forgotten);
      return forgotten;
    },
    install(name) {
      const { installPackage } = require("./install.ts") as typeof import("./install.ts");
      return installPackage(name, directory);
    },
    status() {
      const { readStatus } = require("./status.ts") as typeof import("./status.ts");
      return readStatus(signals);
    },
  };
}

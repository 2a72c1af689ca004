import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { FigureSource } from "../plots/figure.ts";

/** What a run folder of this project says of itself, for the figures of it; undefined where it says nothing. */
export async function readRunSource(folder: string): Promise<FigureSource | undefined> {
  interface Spec {
    readonly runId?: string;
    readonly configFingerprint?: string;
    readonly data?: readonly { readonly fingerprint: string }[];
    readonly code?: { readonly commit: string | null; readonly hasChanges: boolean } | null;
  }
  try {
    const spec = JSON.parse(await readFile(join(folder, "spec.json"), "utf8")) as Spec;
    const { runId, configFingerprint, data, code } = spec;
    if (runId === undefined) return undefined;
    return {
      kind: "run",
      name: runId,
      ...(configFingerprint !== undefined && { fingerprint: configFingerprint }),
      ...(data !== undefined && { data: [...new Set(data.map(({ fingerprint }) => fingerprint))] }),
      ...(code !== undefined && {
        code: code && { commit: code.commit, hasChanges: code.hasChanges },
      }),
    };
  } catch {
    return undefined;
  }
}

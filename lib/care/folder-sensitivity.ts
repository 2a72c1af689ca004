import { readFileSync } from "node:fs";
import { join } from "node:path";

import { declaredSensitivity } from "../core/declared-sensitivity.ts";
import type { Sensitivity } from "../table/sensitivity.ts";

/**
 * Whether a folder of weights, token shards or a study's stage is restricted: by the register of lineage, by a folder
 * above it that is declared so, or by what it says itself. trainer/sensitivity.py does the same without the register.
 */
export function sensitivityOfFolder(folder: string): Sensitivity {
  // A folder is declared by a file in it.
  const places = [folder, join(folder, "manifest.json")];
  const isRestricted = declaredSensitivity(places, undefined) === "restricted" || saysRestricted(folder);
  return isRestricted ? "restricted" : "public";
}

/** Token shards say it in their manifest, exported models in their provenance. */
function saysRestricted(folder: string): boolean {
  return ["manifest.json", "provenance.json"].some((name) => {
    const { sensitivity, data } = contentOf(join(folder, name));
    const inner = Array.isArray(data) ? data.map((each) => (each as SaysSensitivity)?.sensitivity) : [];
    return [sensitivity, ...inner].includes("restricted");
  });
}

interface SaysSensitivity {
  readonly sensitivity?: unknown;
  readonly data?: unknown;
}

function contentOf(path: string): SaysSensitivity {
  try {
    return (JSON.parse(readFileSync(path, "utf8")) as object | null) ?? {};
  } catch {
    return {};
  }
}

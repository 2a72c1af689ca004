import { ArgumentError } from "../core/errors.ts";

/** Whether rows may be saved with a notebook: a restricted table saves its shape and statistics alone. */
export type Sensitivity = "public" | "restricted";

export { restrictedKey as sensitivityKey } from "../core/restricted.ts";

/** What is made from several tables is restricted as soon as one of them is. */
export function strictest(sensitivities: readonly Sensitivity[]): Sensitivity {
  return sensitivities.includes("restricted") ? "restricted" : "public";
}

/** @throws {@link ArgumentError} neither "public" nor "restricted" */
export function checkSensitivity(value: unknown): Sensitivity {
  if (value === "public" || value === "restricted") return value;
  throw new ArgumentError("sensitivity", '"public" or "restricted"', value);
}

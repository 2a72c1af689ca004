import { types } from "node:util";
import type { Found } from "./live-values.ts";

/** Name of the method by which a value says its TypeScript type: text, a promise of text, or undefined. */
const TYPE = Symbol.for("Jupyter.type");
type Method = (...parameters: unknown[]) => unknown;

const LIMIT_MILLISECONDS = 5_000;
const MAXIMUM_CHARACTERS = 100_000;

/**
 * Ask values for their types, such as a table for those of its columns.
 *
 * Most values have no such method. One that fails or takes longer than 5 s says nothing.
 */
export async function describeTypes(
  names: Iterable<string>,
  lookUp: (name: string) => Found,
): Promise<Record<string, string>> {
  const entries = await Promise.all(
    [...names].map(async (name) => [name, await typeOf(lookUp(name)?.value)] as const),
  );
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function typeOf(value: unknown): Promise<string | undefined> {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return undefined;
  const method = (value as Record<symbol, unknown>)[TYPE];
  if (typeof method !== "function") return undefined;
  const type = await ask(method as Method, value);
  return typeof type === "string" && type.length <= MAXIMUM_CHARACTERS ? type : undefined;
}

async function ask(method: Method, value: unknown): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), LIMIT_MILLISECONDS);
  });
  try {
    return await Promise.race([method.call(value), limit]);
  } catch {
    return undefined; // The value is of use without its type.
  } finally {
    clearTimeout(timer);
  }
}

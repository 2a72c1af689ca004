import { unknownName } from "../core/nearest-name.ts";
import type { FileFormat } from "./file-format.ts";
import type { Sensitivity } from "./sensitivity.ts";

/** A data set of the catalogue, on this machine. */
export interface ResolvedDataset {
  readonly path: string | readonly string[];
  readonly sensitivity: Sensitivity;
  /** What was opened, for people. */
  readonly source: string;
  readonly format?: FileFormat | undefined;
  /** The column that takes the keys of a file that is one object of objects. */
  readonly keyed?: string | undefined;
  readonly types?: Readonly<Record<string, string>> | undefined;
}

/** What knows the names of the catalogue; `lib/data` gives it. */
export interface DatasetResolver {
  names(): readonly string[];
  /** Fetch a data set unless it is here already. */
  resolve(name: string): Promise<ResolvedDataset>;
}

let resolver: DatasetResolver = {
  names: () => [],
  resolve: (name) => Promise.reject(unknownName("name", name, [])),
};

/** Say where names without a file come from. */
export function setDatasetResolver(next: DatasetResolver): void {
  resolver = next;
}

/** The data set of that name; undefined when the text is a path. */
export async function findDataset(name: string): Promise<ResolvedDataset | undefined> {
  const names = resolver.names();
  if (names.includes(name)) return resolver.resolve(name);
  // A bare word is a name that was mistyped, unless the catalogue is empty.
  if (names.length > 0 && /^[\w-]+$/u.test(name)) throw unknownName("name", name, names);
  return undefined;
}

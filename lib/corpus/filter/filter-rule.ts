import type { Document } from "../document.ts";
import type { TextUnits } from "./text-units.ts";

/** What a rule makes of a document: nothing to say, a reason to drop it, or a changed document and counts. */
export type Verdict =
  | undefined
  | { readonly drop: string }
  | { readonly document?: Document; readonly counts?: Readonly<Record<string, number>> };

/** One thing that is asked of a document. */
export interface FilterRule {
  readonly name: string;
  /** The reasons that it drops for, so that a report names those that never came too. */
  readonly reasons: readonly string[];
  judge(document: Document, units: TextUnits): Verdict;
}

import type { Completion } from "../session/complete.ts";
import type { Inspection } from "../session/inspection.ts";

/** What the thread with the sockets asks of the thread with the language service. */
export type ToLanguage =
  /** A cell starts; its names are known from now on. */
  | { readonly type: "cell"; readonly request: number; readonly label: string; readonly code: string }
  /** The same of a cell that may not run. */
  | { readonly type: "check"; readonly request: number; readonly label: string; readonly code: string }
  /** What values say of their own types when their cell has ended: `{ docs: 'import("rounds").Table<...>' }`. */
  | { readonly type: "types"; readonly request: number; readonly types: Readonly<Record<string, string>> }
  /** Names that no cell has any longer. */
  | { readonly type: "forget"; readonly request: number; readonly names: readonly string[] }
  | {
      readonly type: "complete";
      readonly request: number;
      readonly code: string;
      readonly cursorPosition: number;
    }
  | {
      readonly type: "inspect";
      readonly request: number;
      readonly code: string;
      readonly cursorPosition: number;
    };

/** Its answers. */
export type FromLanguage =
  | { readonly type: "ready" }
  | { readonly type: "warnings"; readonly request: number; readonly warnings: readonly TypeWarning[] }
  /** Nothing when the values themselves know more than their types. */
  | { readonly type: "completion"; readonly request: number; readonly completion: Completion | undefined }
  | { readonly type: "inspection"; readonly request: number; readonly inspection: Inspection | undefined };

/** One type error of a cell. */
export interface TypeWarning {
  /** One line: the place, then what is wrong. */
  readonly text: string;
  /** Whether running the cell says the same: a name or module that does not exist. */
  readonly isToldByRunning: boolean;
}

/** What the thread with the language service starts with. */
export interface LanguageData {
  /** The notebook's folder. */
  readonly directory: string;
  readonly projectRoot: string;
}

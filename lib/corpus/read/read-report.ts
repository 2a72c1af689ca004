/** A document that could not be read. */
export interface ReadFailure {
  /** The file, the place in an archive after `!/`, and the place in the file after `, `. */
  readonly source: string;
  /** In words; quotes nothing of the text. */
  readonly reason: string;
}

/** What `readDocuments` did; counts add up: `in = read + failed`. */
export interface ReadReport {
  /** Documents found, read or not. A file that cannot be opened counts as one. */
  in: number;
  read: number;
  failed: number;
  /** The first 1,000; `onFailure` hears all. */
  readonly failures: ReadFailure[];
  /** Files of folders and archives that hold no documents, by their extension: pictures and the like. */
  readonly skippedFiles: Record<string, number>;
  /** Documents by format. */
  readonly formats: Record<string, number>;
  /** Documents whose id another had before; they carry `#2`, `#3`, … after it. */
  duplicateIds: number;
  /** Documents in which bytes that were no text became U+FFFD. */
  repaired: number;
  /** Identifiers ("pmid:…", "doi:…") of works that were retracted, by a notice or by their own record. */
  readonly retracted: string[];
  /** Bytes of the files, as they lie on the disk. */
  bytesRead: number;
  bytesTotal: number;
  /** True when everything was read. */
  isComplete: boolean;
}

export const maximumFailuresKept = 1000;

export function emptyReadReport(): ReadReport {
  return {
    in: 0,
    read: 0,
    failed: 0,
    failures: [],
    skippedFiles: {},
    formats: {},
    duplicateIds: 0,
    repaired: 0,
    retracted: [],
    bytesRead: 0,
    bytesTotal: 0,
    isComplete: false,
  };
}

/** Add one to a count by name. */
export function countOne(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

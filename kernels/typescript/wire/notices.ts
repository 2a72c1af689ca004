// What the kernel itself says in a cell.

/** Only a restart stops the cell; it is the last resort, since it loses the variables. */
export const STUCK =
  "The interrupt has not stopped this cell: it is inside a native call, and stops when the call returns.\n" +
  "To end it now, restart the kernel; its variables are lost then.\n";

/** Beside {@link stoppedForMemory}. */
export const DEBUGGER_OFF = "The debugger is off too; it can be turned on again.\n";

/** The heap is full. */
export function stoppedForMemory(limitBytes: number): string {
  const limit = Math.round(limitBytes / 1e6).toLocaleString("en");
  return (
    `The cell is stopped: it has filled the ${limit} MB of memory that JavaScript objects can have here.\n` +
    `Variables are kept; free what you do not need. ${MORE_MEMORY}`
  );
}

/** The kernel before this one has ended in a cell that had taken so much memory. */
export function endedOfMemory(megabytes: number): string {
  return (
    `The kernel was started anew and its variables are lost: the one before ended in a cell that had taken ${megabytes.toLocaleString("en")} MB\n` +
    `of memory, more than there was. ${MORE_MEMORY}`
  );
}

const MORE_MEMORY =
  "Large tables belong in files, which are read piece by piece;\n" +
  "NODE_OPTIONS=--max-old-space-size=MEGABYTES in the server's environment gives a kernel more.\n";

import assert from "node:assert/strict";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";

import { Session } from "../../kernels/typescript/session/session.ts";

/** Cells run in order; the last one's value, or the message of what it throws. */
export type Case = readonly [name: string, cells: readonly string[], expected: unknown];

/** The last cell throws an error with this message. */
export const throws = (message: string | RegExp): { throws: string | RegExp } => ({ throws: message });

/** The last cell has no value. */
export const none = Symbol("no value");

/** Run the cells; errors of all but the last are part of the story. */
async function runCells(cells: readonly string[]): Promise<unknown> {
  const session = new Session({ directory: os.tmpdir(), projectRoot: path.resolve(".") });
  for (const [index, source] of cells.entries()) {
    const isLast = index === cells.length - 1;
    try {
      const { hasValue, value } = await session.execute(source, { executionCount: index + 1 });
      if (isLast) return hasValue ? value : none;
    } catch (error) {
      if (isLast) throw error;
    }
  }
  return none;
}

/** Make a test of every case. */
export function testCases(group: string, cases: readonly Case[]): void {
  describe(`cells: ${group}`, () => {
    for (const [name, cells, expected] of cases) {
      it(name, async () => {
        if (expected instanceof Object && "throws" in expected) {
          await assert.rejects(runCells(cells), { message: expected.throws as string | RegExp });
        } else assert.deepEqual(await runCells(cells), expected);
      });
    }
  });
}

import { types } from "node:util";

/** The cell was interrupted. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";

  constructor() {
    super("the cell was interrupted");
  }
}

/** Whether something thrown is an interrupt; a revoked proxy, say, cannot be asked. */
export function isKeyboardInterrupt(thrown: unknown): boolean {
  return types.isNativeError(thrown) && thrown instanceof KeyboardInterrupt;
}

import { createRequire } from "node:module";
import type typescript from "typescript6";

/** TypeScript's compiler; version 7 has no interface for programs yet. */
export const ts = createRequire(import.meta.url)("typescript6") as typeof typescript;

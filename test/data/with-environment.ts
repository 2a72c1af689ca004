import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SuiteContext, TestContext } from "node:test";

/** Set environment variables for one test, with a cache of its own, and put them back after it. */
export function withEnvironment(
  context: TestContext | SuiteContext,
  variables: Readonly<Record<string, string | undefined>>,
): void {
  const cache = mkdtempSync(join(tmpdir(), "rounds-cache-"));
  const all: Readonly<Record<string, string | undefined>> = {
    ROUNDS_DATA: undefined,
    ROUNDS_DATA_MIRROR: undefined,
    ROUNDS_DATA_CACHE: cache,
    ...variables,
  };
  const earlier = Object.keys(all).map((name) => [name, process.env[name]] as const);
  for (const [name, value] of Object.entries(all)) setVariable(name, value);
  (context as TestContext).after(() => {
    for (const [name, value] of earlier) setVariable(name, value);
    rmSync(cache, { recursive: true });
  });
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

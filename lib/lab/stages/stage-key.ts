import { fingerprint } from "../../core/hash.ts";
import type { StageFile, StageInput } from "./stage-record.ts";
import type { Stage } from "./stage.ts";

/** Raised when the same stages would give other results. */
const keyVersion = 1;

/**
 * What a stage's result depends on, as one fingerprint: settings, contents of inputs, bytes of files.
 *
 * Not the code, whose every commit would make everything stale; not names of files, nor times.
 */
export function stageKey(
  { kind, questions, settings }: Pick<Stage, "kind" | "questions" | "settings">,
  inputs: readonly StageInput[],
  files: readonly StageFile[],
): string {
  return fingerprint({
    keyVersion,
    kind,
    ...(questions !== undefined && { questions }),
    settings,
    inputs: inputs.map(({ stage, fingerprint: content }) => [stage, content]),
    files: files.map(({ sha256 }) => sha256),
  });
}

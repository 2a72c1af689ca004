import type { StepValues } from "../run-series.ts";
import { parseNumber } from "./python-json.ts";

const names: Readonly<Record<string, string>> = {
  "lm loss": "loss",
  "learning rate": "learningRate",
  "grad norm": "gradientNorm",
  "consumed samples": "consumedSamples",
  "consumed tokens": "consumedTokens",
  load_balancing_loss: "routerLoss",
};

const trained = /(?:^|\s)iteration\s+(\d+)\/\s*\d+ \|(.*)$/u;
const measured = /validation loss at iteration (\d+)(?: on (\S+) set)? \| (.*)$/u;
const timestamp = /\[?(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})/u;
const contextLength = /^\s*(?:\S+:\s+)?seq_length \.+ (\d+)\s*$/u;

/** A line of Megatron that says something about the run. */
export type MegatronLine =
  | { readonly kind: "step"; readonly row: StepValues; readonly samples: number | undefined }
  | { readonly kind: "context-length"; readonly tokens: number };

/**
 * A line of Megatron-LM or of what is built on it; undefined for any other line.
 *
 * Fields whose names we do not know keep their own. Times are read as UTC: only differences of them are used.
 *
 * @example
 * parseMegatronLine(" iteration 10/ 500 | consumed samples: 640 | lm loss: 6.5E+00 | loss scale: 1.0 |").row.values
 * //=> { consumedSamples: 640, loss: 6.5, "loss scale": 1 }
 */
export function parseMegatronLine(line: string): MegatronLine | undefined {
  const length = contextLength.exec(line);
  if (length !== null) return { kind: "context-length", tokens: Number(length[1]) };
  const step = trained.exec(line);
  if (step !== null) {
    const values = fieldsOf(step[2]!, (name) => names[name] ?? name);
    if (values === undefined) return undefined;
    const tokens = values["consumedTokens"];
    const row = { step: Number(step[1]), tokens, clock: clockOf(line), values };
    return { kind: "step", row, samples: values["consumedSamples"] };
  }
  const validation = measured.exec(line);
  if (validation === null) return undefined;
  const prefix = validation[2] === "test" ? "testLoss" : "heldOutLoss";
  const values = fieldsOf(validation[3]!, (name) => (name === "lm loss value" ? prefix : undefined));
  if (values === undefined) return undefined;
  return {
    kind: "step",
    row: { step: Number(validation[1]), clock: clockOf(line), values },
    samples: undefined,
  };
}

/** The fields `name: value | name: value |`; undefined where one that has a name of ours is no number. */
function fieldsOf(
  text: string,
  nameOf: (name: string) => string | undefined,
): Record<string, number> | undefined {
  const values: Record<string, number> = {};
  for (const field of text.split("|")) {
    const colon = field.lastIndexOf(":");
    const name = nameOf(field.slice(0, Math.max(0, colon)).trim());
    if (colon < 0 || name === undefined) continue;
    const value = parseNumber(field.slice(colon + 1).trim());
    if (value === undefined) return undefined;
    values[name] = value;
  }
  return values;
}

function clockOf(line: string): number | undefined {
  const found = timestamp.exec(line);
  return found === null ? undefined : Date.parse(`${found[1]}T${found[2]}Z`) / 1000;
}

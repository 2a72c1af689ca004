import { checkFields } from "../../core/arguments.ts";
import type { TrainingPlan } from "./plan-training.ts";
import type { Quantity, QuantityRange } from "./quantity.ts";
import { symbolMeanings } from "./plan-symbols.ts";

/** One line of a plan as a reader sees it. */
export interface PlanRow {
  readonly part: "memory of a GPU" | "time" | "network" | "checkpoints" | "symbols";
  readonly what: string;
  /** A number, or both ends of a range. */
  readonly value: string;
  readonly unit: string;
  readonly formula: string;
}

/**
 * A plan's numbers as rows, in the order in which they are read; the last ones say what the letters mean.
 *
 * @example
 * planRows(planTraining(trainConfig("pretraining"), "h100-80"))[0].what //=> "weights"
 */
export function planRows(plan: TrainingPlan): PlanRow[] {
  checkFields("plan", "a plan, as planTraining gives", plan, ["memory"]);
  const { memory, time, network, checkpoints, symbols } = plan;
  const letters = Object.entries(symbolMeanings).map(([letter, meaning]): PlanRow => ({
    part: "symbols",
    what: meaning,
    value: symbols[letter as keyof typeof symbols].toLocaleString("en-US"),
    unit: "",
    formula: letter,
  }));
  return [
    ...rowsOf("memory of a GPU", memory),
    ...rowsOf("time", time),
    ...rowsOf("network", network),
    ...rowsOf("checkpoints", checkpoints),
    ...letters,
  ];
}

function rowsOf(part: PlanRow["part"], numbers: object | null): PlanRow[] {
  return Object.entries(numbers ?? {}).flatMap(
    ([name, number]: [string, Quantity | QuantityRange | null]) => {
      if (number === null) return [];
      const { unit, formula } = number;
      return [{ part, what: wordsOf(name), value: shown(number), unit, formula }];
    },
  );
}

/** `gatheredLayers` reads "gathered layers". */
export function wordsOf(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`);
}

function shown(number: Quantity | QuantityRange): string {
  if ("value" in number) return digits(number.value);
  const [low, high] = [digits(number.low), digits(number.high)];
  return low === high ? low : `${low} to ${high}`;
}

/** Two or three significant places; no fraction from a thousand on. */
export function digits(value: number): string {
  const fractionDigits = value >= 1000 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", {
    minimumFractionDigits: fractionDigits,
    maximumFractionDigits: fractionDigits,
  });
}

/** A number of a plan, with the formula that gives it in the plan's symbols. */
export interface Quantity {
  readonly value: number;
  readonly unit: string;
  readonly formula: string;
}

/** A number that depends on the speed: what it is at both ends, the smaller first. */
export interface QuantityRange {
  readonly low: number;
  readonly high: number;
  readonly unit: string;
  readonly formula: string;
}

export function quantity(value: number, unit: string, formula: string): Quantity {
  return { value, unit, formula };
}

export function quantityRange(
  values: readonly [number, number],
  unit: string,
  formula: string,
): QuantityRange {
  return { low: Math.min(...values), high: Math.max(...values), unit, formula };
}

import { ArgumentError } from "../../core/errors.ts";

/** A fraction in whole numbers. */
interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/**
 * How many of the first `rows` rows training draws from each domain, for weights as decimals.
 *
 * Each domain in turn gets the whole part of its share of what the earlier ones left, in exact arithmetic, so that
 * every stretch of rows has the mixture's shares; the trainer draws the same rows.
 *
 * @throws {ArgumentError} no weights, a weight that is not above 0, or a number of rows that is not whole
 *
 * @example
 * mixtureRows([0.5, 0.25, 0.25], 10) //=> [5, 2, 3]
 */
export function mixtureRows(weights: readonly number[], rows: number): number[] {
  if (weights.length === 0) throw new ArgumentError("weights", "at least one number", weights);
  if (!Number.isSafeInteger(rows) || rows < 0) throw new ArgumentError("rows", "a whole number >= 0", rows);
  const exact = weights.map((weight, index) => decimal(weight, `weights[${index}]`));
  const scale = exact.reduce((most, { denominator }) => (denominator > most ? denominator : most), 1n);
  const whole = exact.map(({ numerator, denominator }) => numerator * (scale / denominator));
  let left = BigInt(rows);
  let rest = whole.reduce((sum, weight) => sum + weight, 0n);
  return whole.map((weight) => {
    const count = (left * weight) / rest;
    left -= count;
    rest -= weight;
    return Number(count);
  });
}

/** A number as the decimal that JSON writes for it; its denominator is a power of ten. */
function decimal(value: number, place: string): Fraction {
  if (!(value > 0 && value < Infinity)) throw new ArgumentError(place, "a finite number above 0", value);
  const [digits, exponent = "0"] = String(value).split("e");
  const [whole, fraction = ""] = digits!.split(".");
  const places = fraction.length - Number(exponent);
  const numerator = BigInt(whole! + fraction);
  if (places <= 0) return { numerator: numerator * 10n ** BigInt(-places), denominator: 1n };
  return { numerator, denominator: 10n ** BigInt(places) };
}

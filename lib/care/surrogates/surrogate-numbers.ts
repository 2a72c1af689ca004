import type { KeyedChoice, KeyedNumbers } from "./keyed-choice.ts";

/** Without I, O and Q, which vehicles' numbers may not have. */
export const letters = "ABCDEFGHJKLMNPRSTUVWXYZ";

/** A digit for a digit, a letter for a letter; marks stay. Marks and letter case make no other number of it. */
export function surrogateCode(code: string, choice: KeyedChoice): string {
  return choice.unlike(code, "code", plainOf(code), (numbers) =>
    code.replaceAll(/[\p{L}\d]/gu, (character) => {
      if (/\d/u.test(character)) return String(numbers.below(10));
      const letter = numbers.one([...letters]);
      return character === character.toLowerCase() ? letter.toLowerCase() : letter;
    }),
  );
}

/** Area 900 to 999 with a group below 50: nobody has such a number. */
export function surrogateSocialSecurity(value: string, choice: KeyedChoice): string {
  const plain = plainOf(value);
  if (plain.length !== 9) return surrogateCode(value, choice);
  return choice.unlike(value, "code", plain, (numbers) => {
    const digits = `9${twoDigits(numbers)}${String(1 + numbers.below(49)).padStart(2, "0")}${fourDigits(numbers)}`;
    return withDigits(value, digits);
  });
}

const areas = (
  "202 206 208 212 213 215 216 217 225 228 234 239 248 251 253 256 262 267 269 270 281 301 303 305 307 309 312 313 314 316 317 319 320 " +
  "330 334 336 402 404 405 406 407 408 410 412 413 414 415 417 419 423 425 432 434 435 440 443 480 484 501 502 503 504 505 507 508 509"
).split(" ");

/**
 * Numbers of North America become such that are kept for made-up ones: 555-0100 to 555-0199 of some area, in the same
 * format. Of other countries there is no such range everywhere: they become American ones. Extensions stay as long.
 */
export function surrogatePhone(value: string, choice: KeyedChoice): string {
  const digits = plainOf(value);
  const isAmerican = /^1?[2-9]\d{9}$/u.test(digits) && !/^\+(?!1)/u.test(value);
  if (digits.length < 7) return surrogateCode(value, choice);
  const last = digits.slice(isAmerican ? -10 : -digits.length);
  return choice.unlike(value, "phone", last, (numbers) => {
    const [area, line] = [numbers.one(areas), `55501${twoDigits(numbers)}`];
    if (digits.length === 7) return withDigits(value, line);
    if (isAmerican) return withDigits(value, `${digits.length === 11 ? "1" : ""}${area}${line}`);
    return `+1 ${area} 555 01${line.slice(5)}`;
  });
}

/** Post codes that begin with 000 are of no place. */
export function surrogatePostCode(value: string, choice: KeyedChoice): string {
  return choice.unlike(value, "post code", plainOf(value), (numbers) =>
    withDigits(value, `000${twoDigits(numbers)}${fourDigits(numbers)}`),
  );
}

function plainOf(value: string): string {
  return value.replaceAll(/[^\p{L}\d]/gu, "").toUpperCase();
}

/** The value with other digits in the places of its own. */
function withDigits(value: string, digits: string): string {
  let at = 0;
  return value.replaceAll(/\d/gu, () => digits[at++]!);
}

function twoDigits(numbers: KeyedNumbers): string {
  return String(numbers.below(100)).padStart(2, "0");
}

function fourDigits(numbers: KeyedNumbers): string {
  return String(numbers.below(10_000)).padStart(4, "0");
}

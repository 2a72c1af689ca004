import { separator } from "./anchors.ts";
import type { Texts } from "./texts.ts";

/** How many bytes from two places on are the same, up to `most`; the end of a text is not. */
export function alikeAfter({ bytes }: Texts, one: number, other: number, most: number): number {
  let length = 0;
  while (
    length < most &&
    bytes[one + length] === bytes[other + length] &&
    bytes[one + length] !== separator
  ) {
    length++;
  }
  return length;
}

/** As {@link alikeAfter}, of the bytes before two places. */
export function alikeBefore({ bytes }: Texts, one: number, other: number, most: number): number {
  let length = 1;
  while (
    length <= most &&
    bytes[one - length] === bytes[other - length] &&
    bytes[one - length] !== separator
  ) {
    length++;
  }
  return length - 1;
}

import { checkRecord } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { nearestName } from "../core/nearest-name.ts";
import { isRestricted } from "../core/restricted.ts";
import type { FigureOptions } from "./figure.ts";

const sharedNames = ["title", "xLabel", "yLabel", "height"] as const;

/**
 * See that a figure is asked for nothing that it does not know: it would be drawn without it, and nobody would notice.
 *
 * @param ownNames options of this kind of figure, besides those that all have
 * @throws {ArgumentError} an option of another name, a title that is no text, a height that is no number above 0
 */
export function checkFigureOptions<Options extends FigureOptions>(
  options: Options,
  ownNames: readonly Exclude<keyof Options & string, keyof FigureOptions>[] = [],
): void {
  checkRecord("options", "an object", options);
  const names: readonly string[] = [...ownNames, ...sharedNames];
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    const nearest = nearestName(name, names);
    const suggestion = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
    // A row in the place of options is not told field by field.
    const received = isRestricted(options) ? options : options[name as keyof Options];
    throw new ArgumentError(
      name,
      `left out: no such option${suggestion}; options are ${names.join(", ")}`,
      received,
    );
  }
  for (const name of ["title", "xLabel", "yLabel"] as const) {
    const text = options[name];
    if (text !== undefined && typeof text !== "string") throw new ArgumentError(name, "a text", text);
  }
  const { height } = options;
  if (height !== undefined && !(typeof height === "number" && height > 0 && height < Infinity))
    throw new ArgumentError("height", "a number of pixels above 0", height);
}

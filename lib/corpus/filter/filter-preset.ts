import { unknownName } from "../../core/nearest-name.ts";
import type { FilterRule } from "./filter-rule.ts";
import { gopherQualityRules, gopherRepetitionRules } from "./gopher-rules.ts";

const presets = {
  "gopher-repetition": gopherRepetitionRules,
  "gopher-quality": gopherQualityRules,
};

/** A published recipe of filters by its name. */
export type FilterPresetName = keyof typeof presets;

/**
 * The rules of a published recipe, to be spread into a list of rules.
 *
 * Words are runs without white space; headings count as lines and list items as lines with a bullet. A copy is a
 * part that came before, so the first one does not count. N-grams are looked for in the first 8,000,000 characters.
 *
 * @throws {ArgumentError} an unknown name
 * @see Rae et al. 2021, "Scaling language models: methods, analysis & insights from training Gopher", A1.1
 *
 * @example
 * filterPreset("gopher-repetition").length //=> 5
 */
export function filterPreset(name: FilterPresetName): FilterRule[] {
  if (!Object.hasOwn(presets, name)) throw unknownName("name", name, Object.keys(presets));
  return presets[name]();
}

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import {
  booleanOption,
  callbackOption,
  checkOptions,
  choiceOption,
  integerOption,
  seedOption,
  shareOption,
  textOption,
} from "../../lib/core/options.ts";

const rules = {
  bands: integerOption(32, { minimum: 1 }),
  rows: integerOption(8, { minimum: 1, maximum: 100 }),
  threshold: shareOption(0.85),
  keep: choiceOption("first", ["first", "none"]),
  field: textOption("text"),
  report: booleanOption(false),
  seed: seedOption(0),
  onProgress: callbackOption<() => void>(),
};

describe("checkOptions", () => {
  it("fills in the defaults", () => {
    const defaults = {
      bands: 32,
      rows: 8,
      threshold: 0.85,
      keep: "first",
      field: "text",
      report: false,
      seed: 0,
      onProgress: undefined,
    };
    assert.deepEqual(checkOptions(undefined, rules), defaults);
    assert.deepEqual(checkOptions({ bands: undefined, rows: 4 }, rules), { ...defaults, rows: 4 });
  });

  it("lists all options with their defaults for a wrong name", () => {
    assert.throws(() => checkOptions({ treshold: 0.8 }, rules), {
      name: "ArgumentError",
      message:
        '"treshold" must be left out: no such option (did you mean threshold?); options are bands (default 32), ' +
        'rows (default 8), threshold (default 0.85), keep (default "first"), field (default "text"), ' +
        "report (default false), seed (default 0), onProgress (default none), got 0.8 (number)",
    });
    // A name that every object has is no option either.
    assert.throws(() => checkOptions({ toString: 1 }, rules), { name: "ArgumentError" });
  });

  const wrong: [object, string][] = [
    [{ bands: 0 }, '"bands" must be a whole number >= 1, got 0 (number)'],
    [{ rows: 101 }, '"rows" must be a whole number from 1 to 100, got 101 (number)'],
    [{ rows: 2.5 }, '"rows" must be a whole number from 1 to 100, got 2.5 (number)'],
    [{ threshold: 85 }, '"threshold" must be in (0, 1], got 85 (number)'],
    [{ threshold: 0 }, '"threshold" must be in (0, 1], got 0 (number)'],
    [{ threshold: NaN }, '"threshold" must be in (0, 1], got NaN (number)'],
    [{ keep: "last" }, '"keep" must be one of "first", "none", got "last" (string)'],
    [{ field: "" }, '"field" must be a text that is not empty, got "" (string)'],
    [{ report: "yes" }, '"report" must be true or false, got "yes" (string)'],
    [{ seed: 0.5 }, '"seed" must be a text or a whole number, got 0.5 (number)'],
    [{ onProgress: {} }, '"onProgress" must be a function, got an object with keys (none)'],
    [["bands"], '"options" must be an object, got an array of 1'],
  ];
  for (const [options, message] of wrong) {
    it(`says: ${message}`, () => {
      assert.throws(() => checkOptions(options, rules), { name: "ArgumentError", message });
    });
  }
});

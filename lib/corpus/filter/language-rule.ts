import { ArgumentError } from "../../core/errors.ts";
import type { LanguageDetector } from "../language-detector.ts";
import type { FilterRule } from "./filter-rule.ts";

/**
 * Drop documents in other languages; where the language cannot be told is its own reason.
 *
 * The text is looked at, not what the metadata say.
 *
 * @param languages ISO 639-1 codes to keep; "und" among them keeps texts whose language cannot be told
 * @param detectLanguage as `languageDetector` gives it
 * @throws {ArgumentError} no code, or one that is none
 *
 * @example
 * languageRule(["en"], await languageDetector()).reasons //=> ["language-other", "language-unknown"]
 */
export function languageRule(languages: readonly string[], detectLanguage: LanguageDetector): FilterRule {
  if (
    !Array.isArray(languages) ||
    languages.length === 0 ||
    !languages.every((code) => /^(?:[a-z]{2}|und)$/u.test(code))
  ) {
    throw new ArgumentError("languages", "a list of ISO 639-1 codes", languages);
  }
  if (typeof detectLanguage !== "function") {
    throw new ArgumentError("detectLanguage", "a function, as languageDetector() gives", detectLanguage);
  }
  const kept = new Set(languages);
  return {
    name: `language: ${languages.join(", ")}`,
    reasons: ["language-other", "language-unknown"],
    judge({ text }) {
      const found = detectLanguage(text);
      if (kept.has(found)) return undefined;
      return { drop: found === "und" ? "language-unknown" : "language-other" };
    },
  };
}

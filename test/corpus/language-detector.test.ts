import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { languageDetector } from "../../lib/corpus/language-detector.ts";

const detectLanguage = await languageDetector();

describe("languageDetector", () => {
  it("tells the languages that biomedical corpora hold", () => {
    const texts = {
      en: "Patients received 20 mg a day for eight weeks.",
      es: "Los pacientes recibieron 20 mg al día durante ocho semanas.",
      de: "Die Patienten erhielten acht Wochen lang täglich 20 mg.",
      fr: "Les patients ont reçu 20 mg par jour pendant huit semaines.",
    };
    for (const [language, text] of Object.entries(texts)) assert.equal(detectLanguage(text), language);
  });

  it("names no language where there are no words", () => {
    for (const text of ["", "12.5 (3.4) 0.001", "\u{1F9EC}"]) assert.equal(detectLanguage(text), "und");
  });

  it("reads the beginning of a long text alone", () => {
    const english = "Patients received 20 mg a day for eight weeks. ".repeat(50);
    assert.equal(detectLanguage(english + "Los pacientes recibieron 20 mg. ".repeat(5000)), "en");
  });
});

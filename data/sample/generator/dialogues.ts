import { SeededRandom } from "../../../lib/core/seeded-random.ts";
import { inventedSubject } from "./documents.ts";

const sections = ["GENHX", "CC", "MEDICATIONS", "ALLERGY"] as const;

/** Invented visits in the layout of MTS-Dialog: what was said, and the section of the note that came of it. */
export function generateDialogues(seed: string, count = 24): Record<string, string | number>[] {
  return Array.from({ length: count }, (_, id) => {
    const random = new SeededRandom(`${seed} dialogue ${id}`);
    const { disease, drug } = inventedSubject(random) as { readonly disease: string; readonly drug: string };
    const days = random.integer(2, 30);
    const better = random.choice(["a little better", "no better", "worse at night"]);
    const turns = [
      "Doctor: What brings you in today?",
      `Patient: My ${disease} is back. It began ${days} days ago.`,
      `Doctor: Do you still take ${drug}?`,
      `Patient: Yes, every morning, and I feel ${better}.`,
    ];
    const note = `Synthetic note. ${disease} for ${days} days, ${better}; takes ${drug} daily.`;
    const header = sections[id % sections.length]!;
    return { ID: id, section_header: header, section_text: note, dialogue: turns.join("\n") };
  });
}

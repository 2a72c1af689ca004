import { ArgumentError } from "../../core/errors.ts";
import type { CardSection } from "./card.ts";

/**
 * Items of TRIPOD-LLM that a model or its data can be asked about, in our own words; those on a study's title, abstract
 * and patients are left to its paper.
 *
 * @see Gallifant et al., Nature Medicine 31, 60-69 (2025), doi:10.1038/s41591-024-03425-5
 */
export const tripodItems: ReadonlyMap<string, string> = new Map([
  ["3a", "health-care context, and why the model was made"],
  ["3b", "who is meant to use it, for whom"],
  ["4", "what was meant to be done: developed, tuned, evaluated"],
  ["5a", "sources of the data for training and evaluation"],
  ["5b", "how much there is of what"],
  ["5c", "dates of the oldest and the newest text"],
  ["5d", "processing and checks of quality"],
  ["5e", "what was left out, and imbalance"],
  ["6a", "name, version and date of the model"],
  ["6b", "architecture, hyperparameters and settings"],
  ["6c", "how it was trained and aligned"],
  ["6d", "what form its output has"],
  ["6e", "how classes and thresholds were set"],
  ["6f", "quality of what it writes"],
  ["6g", "what the measures mean for the use"],
  ["7a", "outcome, and how predictions were computed"],
  ["7b", "who judged outputs, and how they agreed"],
  ["7c", "comparison with other models or people"],
  ["8a", "how text was annotated"],
  ["8b", "how many annotated what"],
  ["8c", "who annotated, and how they agreed"],
  ["9a", "how prompts were made and chosen"],
  ["9b", "data that prompts were made on"],
  ["11", "instructions and people of instruction tuning"],
  ["12", "compute"],
  ["13", "ethics approval"],
  ["14a", "funding"],
  ["14b", "conflicts of interest"],
  ["14c", "protocol"],
  ["14d", "registration"],
  ["14e", "where the data can be had"],
  ["14f", "where the code can be had"],
  ["15", "involvement of patients and the public"],
  ["17", "performance"],
  ["18", "later versions"],
  ["19a", "what the results mean, fairness too"],
  ["19b", "limits"],
  ["19c", "known trouble with data of this field"],
  ["19d", "intended use, input and human oversight"],
  ["19e", "input that is poor or missing"],
  ["19f", "what users must do and know"],
  ["19g", "what comes next"],
]);

/** What only people can say, by item. */
export type CardNotes = Readonly<Record<string, string>>;

/** @throws {ArgumentError} an item that there is none of, or a note that is no text */
export function checkNotes(notes: unknown): CardNotes {
  if (typeof notes !== "object" || notes === null || Array.isArray(notes))
    throw new ArgumentError("notes", "an object of texts by item of TRIPOD-LLM", notes);
  for (const [item, text] of Object.entries(notes)) {
    if (!tripodItems.has(item))
      throw new ArgumentError(
        "notes",
        `texts by item of TRIPOD-LLM: ${[...tripodItems.keys()].join(", ")}`,
        item,
      );
    if (typeof text !== "string" || text.trim() === "")
      throw new ArgumentError(`notes.${item}`, "a text that is not empty", text);
  }
  return notes as CardNotes;
}

/** Every item: where the card answers it, what people said of it, or that nothing does. */
export function tripodSection(
  sections: readonly CardSection[],
  notes: CardNotes,
  items: readonly string[],
): CardSection {
  const rows = items.map((item) => {
    const own = sections
      .filter(({ answers }) => answers?.includes(item))
      .map(({ title }) => `see “${title}”`);
    const answer = [notes[item], own.join(", ")].filter((each) => each !== undefined && each !== "");
    return [item, tripodItems.get(item)!, answer.length === 0 ? "NOT FILLED" : answer.join("; ")];
  });
  const open = rows.filter(([, , answer]) => answer === "NOT FILLED").length;
  return {
    title: "TRIPOD-LLM",
    paragraphs: [
      `Items of the reporting guideline TRIPOD-LLM (doi:10.1038/s41591-024-03425-5), in our own words. ${open} of ${rows.length} are not filled: what nobody has measured or said is named, not guessed. Items on a study's participants are left to its paper.`,
    ],
    tables: [{ columns: ["item", "asks for", "answer"], rows }],
  };
}

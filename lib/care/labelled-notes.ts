import { checkOptions, integerOption, seedOption } from "../core/options.ts";
import { SeededRandom } from "../core/seeded-random.ts";
import type { Identifier } from "./identifiers/identifier.ts";
import { noteForms, type NoteForm } from "./labelled-notes/note-forms.ts";
import { NoteWriter } from "./labelled-notes/note-writer.ts";

/** An identifier that was planted in a note, and the format that it was written in. */
export interface PlantedIdentifier extends Identifier {
  /** As in "3/14/2021" or "Lastname, Firstname". */
  readonly format: string;
}

/** A made-up clinical note whose identifiers are known. */
export interface LabelledNote {
  readonly id: string;
  readonly form: NoteForm;
  readonly text: string;
  /** In order, without overlap. */
  readonly identifiers: readonly PlantedIdentifier[];
}

export interface LabelledNotesOptions {
  /** @default 400 */
  readonly count?: number;
  /** @default 0 */
  readonly seed?: number | string;
}

/**
 * Made-up clinical notes with planted identifiers: letters, summaries, visits, reports, tables, messages, free speech.
 *
 * Half of the people have names made of syllables, which no list holds. What tempts is planted too and is no
 * identifier: eponyms, scores, blood pressures, doses, codes, citations, years, ages below 90. Nothing in them is of
 * a person.
 *
 * @example
 * generateLabelledNotes({ count: 1, seed: 7 })[0].identifiers.length > 5 //=> true
 */
export function generateLabelledNotes(options: LabelledNotesOptions = {}): LabelledNote[] {
  const { count, seed } = checkOptions(options, {
    count: integerOption(400, { minimum: 1, maximum: 1_000_000 }),
    seed: seedOption(0),
  });
  const random = new SeededRandom(seed);
  const forms = Object.keys(noteForms) as NoteForm[];
  return Array.from({ length: count }, (_, index) => {
    const form = forms[index % forms.length]!;
    const writer = new NoteWriter(random.fork(`note ${index}`));
    noteForms[form](writer);
    const { text, identifiers } = writer;
    return { id: `note-${index}`, form, text, identifiers };
  });
}

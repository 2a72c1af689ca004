import type { InstructFormatName } from "../data/catalogue.ts";
import type { SampleTexts } from "./instruct-sample.ts";

type Row = Readonly<Record<string, unknown>>;

/** A row's samples; a list of none where the row is not what its format says. */
type ReadRow = (row: Row) => SampleTexts[];

/** How the rows of a file hold instruct data. */
export interface InstructFormat {
  /** The column that names a row; its 0-based place where it is left out or empty. */
  readonly id?: string;
  readonly read: ReadRow;
}

const answerer = "You are a biomedical expert. Answer the following question:";
const assistant = "You are a helpful assistant. Do what the following instruction asks:";
const writer = "You are a physician. Write the clinical note of the following visit:";

/** MTS-Dialog's codes of a note's sections, in words. */
const sectionNames: Readonly<Record<string, string>> = {
  ALLERGY: "allergies",
  ASSESSMENT: "assessment",
  CC: "chief complaint",
  DIAGNOSIS: "diagnosis",
  DISPOSITION: "disposition",
  EDCOURSE: "emergency department course",
  EXAM: "physical examination",
  "FAM/SOCHX": "family and social history",
  GENHX: "history of present illness",
  GYNHX: "gynecologic history",
  IMAGING: "imaging",
  IMMUNIZATIONS: "immunizations",
  LABS: "laboratory results",
  MEDICATIONS: "medications",
  OTHER_HISTORY: "other history",
  PASTMEDICALHX: "past medical history",
  PASTSURGICAL: "past surgical history",
  PLAN: "plan",
  PROCEDURES: "procedures",
  ROS: "review of systems",
};

/** Layouts of public instruct data. What the model is told is ours: the paper shows Figure 4's words alone. */
export const instructFormats: Readonly<Record<InstructFormatName, InstructFormat>> = {
  "question-answer": {
    id: "qid",
    read: (row) => pairOf(answerer, text(row, "question"), text(row, "answer")),
  },
  // Alpaca's layout, whose answers some files call "output" and others "response".
  instruction: {
    read: (row) => {
      const asked = [text(row, "instruction"), text(row, "input")].filter((part) => part?.trim());
      return pairOf(assistant, asked.join("\n"), text(row, "response") ?? text(row, "output"));
    },
  },
  "mts-dialog": {
    id: "ID",
    read: (row) => {
      const section = sectionNames[text(row, "section_header") ?? ""];
      if (section === undefined) return [];
      const system = `You are a physician. Write the section "${section}" of the clinical note of the following visit:`;
      return pairOf(system, text(row, "dialogue"), text(row, "section_text"));
    },
  },
  "aci-bench": {
    id: "encounter_id",
    read: (row) => pairOf(writer, text(row, "dialogue"), text(row, "note")),
  },
  opengpt: { read: (row) => conversation(text(row, "text") ?? "") },
};

function text(row: Row, column: string): string | undefined {
  const value = row[column];
  return typeof value === "string" ? value : undefined;
}

function pairOf(system: string, prompter: string | undefined, answer: string | undefined): SampleTexts[] {
  return prompter === undefined || answer === undefined ? [] : [{ system, prompter, assistant: answer }];
}

/** A sample for each answer of a conversation; what was said before stands in the question, so that each is trained on once. */
function conversation(whole: string): SampleTexts[] {
  const turns = whole.split(/<\|(?:eos|eod)\|>/u).map((turn) => turn.trim());
  const said: string[] = [];
  const samples: SampleTexts[] = [];
  for (const turn of turns) {
    if (turn === "") continue;
    const [, role, words] = /^<\|(user|ai)\|>([\s\S]*)$/u.exec(turn) ?? [];
    if (role !== (said.length % 2 === 0 ? "user" : "ai")) return [];
    if (role === "ai") samples.push({ system: answerer, prompter: said.join("\n"), assistant: words! });
    said.push(words!.trim());
  }
  return samples;
}

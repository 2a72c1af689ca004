import type { PaperTable } from "./table.ts";

/** A data set of the instruction mixture. */
export interface MixtureRow {
  readonly domain: "medical" | "general";
  readonly dataset: string;
  readonly samples: number;
  /** Share of all samples in percent, as printed. */
  readonly mixturePercent: number;
}

function medical(dataset: string, samples: number, mixturePercent: number): MixtureRow {
  return { domain: "medical", dataset, samples, mixturePercent };
}

function general(dataset: string, samples: number, mixturePercent: number): MixtureRow {
  return { domain: "general", dataset, samples, mixturePercent };
}

/** Table 3: the instruction data by data set, as printed. */
export const table3: PaperTable<MixtureRow> = {
  place: "Appendix A.1, Table 3",
  title: "The instruction data, by data set",
  rows: [
    medical("MedMCQA", 180_462, 23.49),
    medical("Medical Flashcards", 30_106, 3.92),
    medical("StackExchange", 64_246, 8.36),
    medical("MedQA (USMLE)", 11_290, 1.47),
    medical("CORD-19", 17_721, 2.31),
    medical("PubMedQA", 499, 0.06),
    medical("HeadQA", 2_657, 0.35),
    medical("MediQA", 1_950, 0.25),
    medical("SciQ", 11_679, 1.52),
    medical("PubMed Causal", 2_169, 0.28),
    medical("OpenGPT", 66_026, 8.59),
    medical("MedQUAD", 14_553, 1.89),
    medical("MMLU", 244, 0.03),
    medical("Niv2", 11_447, 1.49),
    medical("Pubhealth", 9_804, 1.28),
    general("SlimOrca T0", 109_235, 14.22),
    general("SlimOrca Flan", 109_169, 14.21),
    general("SlimOrca CoT", 74_172, 9.65),
    general("Ultrachat", 50_953, 6.63),
  ],
};

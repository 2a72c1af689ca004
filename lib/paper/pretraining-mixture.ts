import type { PaperTable } from "./table.ts";

/** The part of one kind of text in the data of continued pretraining. */
export interface PretrainingPart {
  readonly domain: "clinical" | "general";
  readonly tokenCount: number;
}

/** Section 3.1 reads all of it four times, 260 billion tokens. */
export const pretrainingMixture: PaperTable<PretrainingPart> & { readonly epochs: number } = {
  place: "Section 3.1",
  title: "Data of continued pretraining",
  epochs: 4,
  rows: [
    { domain: "clinical", tokenCount: 50e9 },
    { domain: "general", tokenCount: 15e9 },
  ],
};

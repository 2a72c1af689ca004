/** A table of the paper as data, with the place where it stands. */
export interface PaperTable<Row> {
  /** Where in "Beyond Fine-tuning: Unleashing the Potential of Continuous Pretraining for Clinical LLMs". */
  readonly place: string;
  /** What the table is, in our words. */
  readonly title: string;
  /** In the order of the paper, the values unchanged. */
  readonly rows: readonly Row[];
}

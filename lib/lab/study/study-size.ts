/** How large the miniature is: everything of it that is a number. */
export interface StudySize {
  readonly facts: { readonly count: number; readonly statements: number };
  /** Ordinary documents of each domain, and how many words of each are taken. */
  readonly documents: { readonly clinical: number; readonly general: number; readonly words: number };
  /** Real questions of each set: those that are learned from, and those that are asked. */
  readonly realQuestions: { readonly learned: number; readonly asked: number };
  readonly vocabularySize: number;
  readonly shape: { readonly hiddenSize: number; readonly intermediateSize: number; readonly layers: number };
  readonly pretraining: {
    readonly steps: number;
    /** Checkpoints that are kept, evenly spaced, the last at the end. */
    readonly checkpoints: number;
    readonly learningRate: number;
    readonly contextLength: number;
    readonly rowsPerStep: number;
  };
  readonly tuning: {
    readonly steps: number;
    readonly learningRate: number;
    readonly contextLength: number;
    readonly rowsPerStep: number;
  };
}

const full: StudySize = {
  facts: { count: 192, statements: 12 },
  documents: { clinical: 60, general: 24, words: 350 },
  realQuestions: { learned: 30, asked: 48 },
  vocabularySize: 2560,
  shape: { hiddenSize: 128, intermediateSize: 352, layers: 2 },
  pretraining: { steps: 300, checkpoints: 3, learningRate: 4e-3, contextLength: 64, rowsPerStep: 32 },
  tuning: { steps: 60, learningRate: 1e-3, contextLength: 256, rowsPerStep: 4 },
};

/** "full" is for two processors and a quarter of an hour, "test" for one seed in a few minutes. */
export const studySizes = {
  full,
  test: {
    ...full,
    realQuestions: { learned: 30, asked: 12 },
    pretraining: { ...full.pretraining, steps: 220, checkpoints: 2, learningRate: 5e-3 },
    tuning: { ...full.tuning, steps: 50 },
  },
} as const satisfies Readonly<Record<string, StudySize>>;

export type StudySizeName = keyof typeof studySizes;

/** How sure a model was, and how often rightly. */
export interface Calibration {
  /** Mean distance of confidence and accuracy over the bins, weighted by their questions; 0 is perfect. */
  readonly expectedError: number;
  /** Those that hold a question, from unsure to sure. */
  readonly bins: readonly CalibrationBin[];
}

/** The questions of one range of confidence: how sure the model was, and how often right. */
export interface CalibrationBin {
  /** Bounds of the confidence: above `low`, up to and with `high`. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean over its questions. */
  readonly confidence: number;
  readonly accuracy: number;
}

/** An answer and the probability that the model gave it among the options. */
export interface ConfidentAnswer {
  readonly confidence: number;
  readonly correct: boolean;
}

const binCount = 10;

/**
 * Expected calibration error over ten bins of equal width.
 *
 * @see Guo et al. 2017, "On calibration of modern neural networks"
 *
 * @example
 * calibration([{ confidence: 0.9, correct: true }, { confidence: 0.9, correct: false }]).expectedError.toFixed(2)
 * //=> "0.40"
 */
export function calibration(answers: readonly ConfidentAnswer[]): Calibration {
  const byBin = Map.groupBy(answers, ({ confidence }) => Math.max(1, Math.ceil(confidence * binCount)));
  const bins = [...byBin].toSorted(([one], [other]) => one - other);
  const described = bins.map(([bin, held]): CalibrationBin => {
    const mean = (of: (answer: ConfidentAnswer) => number): number =>
      held.reduce((sum, answer) => sum + of(answer), 0) / held.length;
    return {
      low: (bin - 1) / binCount,
      high: bin / binCount,
      count: held.length,
      confidence: mean(({ confidence }) => confidence),
      accuracy: mean(({ correct }) => Number(correct)),
    };
  });
  const distance = described.reduce(
    (sum, { count, confidence, accuracy }) => sum + count * Math.abs(confidence - accuracy),
    0,
  );
  return { expectedError: answers.length === 0 ? 0 : distance / answers.length, bins: described };
}

/**
 * The probabilities of options from their log-likelihoods, as if one of them had to be said.
 *
 * @example
 * softmax([-1, -1]) //=> [0.5, 0.5]
 */
export function softmax(logLikelihoods: readonly number[]): number[] {
  const greatest = Math.max(...logLikelihoods);
  const weights = logLikelihoods.map((value) => Math.exp(value - greatest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

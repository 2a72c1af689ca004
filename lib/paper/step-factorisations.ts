import { ArgumentError } from "../core/errors.ts";
import { checkOptions, objectOption } from "../core/options.ts";

export interface StepFactorisationsOptions {
  /** Context lengths to try, in tokens. @default [2048, 4096, 8192, 16384, 32768] */
  readonly contextLengths?: readonly number[];
  /** Numbers of GPUs to try. @default whole nodes of 8, up to the paper's 10 nodes: 8, 16, ... 80 */
  readonly gpus?: readonly number[];
  /** Largest deviation, as a share. @default 0.0077, how far "65 billion tokens" may be rounded */
  readonly tolerance?: number;
}

/** A batch that is consistent with a number of steps; never known to be the paper's setting. */
export interface StepFactorisation {
  readonly gpus: number;
  /** Rows of a GPU in one optimizer step: micro-batch times accumulation. */
  readonly rowsPerGpu: number;
  readonly contextLength: number;
  /** The product of the three. */
  readonly tokensPerStep: number;
  /** `tokensPerStep × steps / tokens - 1`. */
  readonly deviation: number;
}

const counts = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((each) => Number.isSafeInteger(each) && each > 0);

const rules = {
  contextLengths: objectOption<readonly number[]>("a list of whole numbers >= 1", counts),
  gpus: objectOption<readonly number[]>("a list of whole numbers >= 1", counts),
  tolerance: {
    expected: "in (0, 0.5]",
    default: 0.0077,
    accepts: (value: unknown) => typeof value === "number" && value > 0 && value <= 0.5,
  },
};

const wholeNodes = Array.from({ length: 10 }, (_, node) => 8 * (node + 1));

/**
 * The batches that pass over so many tokens in so many steps, nearest first.
 *
 * The paper states neither context length nor batch size; these are consistent with its Table 1, no more. Of
 * equally near ones the one with more GPUs comes first, then the longer context.
 *
 * @example
 * stepFactorisations(260e9, 79_259, { gpus: [80], contextLengths: [8192] })[0]?.rowsPerGpu //=> 5
 */
export function stepFactorisations(
  tokens: number,
  steps: number,
  options: StepFactorisationsOptions = {},
): StepFactorisation[] {
  if (!(tokens > 0)) throw new ArgumentError("tokens", "a number > 0", tokens);
  if (!(Number.isSafeInteger(steps) && steps > 0))
    throw new ArgumentError("steps", "a whole number >= 1", steps);
  const {
    contextLengths = [2048, 4096, 8192, 16_384, 32_768],
    gpus = wholeNodes,
    tolerance,
  } = checkOptions(options, rules);
  const found = gpus.flatMap((gpuCount) =>
    contextLengths.map((contextLength): StepFactorisation => {
      const rowsPerGpu = Math.round(tokens / steps / gpuCount / contextLength);
      const tokensPerStep = gpuCount * rowsPerGpu * contextLength;
      const deviation = (tokensPerStep * steps) / tokens - 1;
      return { gpus: gpuCount, rowsPerGpu, contextLength, tokensPerStep, deviation };
    }),
  );
  return found
    .filter(({ rowsPerGpu, deviation }) => rowsPerGpu >= 1 && Math.abs(deviation) <= tolerance)
    .sort(
      (left, right) =>
        Math.abs(left.deviation) - Math.abs(right.deviation) ||
        right.gpus - left.gpus ||
        right.contextLength - left.contextLength,
    );
}

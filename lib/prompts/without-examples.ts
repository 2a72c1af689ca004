import { Strategy } from "./strategy.ts";
import { paperWriter, type PaperFormat } from "./write-prompt.ts";

function plainStrategy(format: PaperFormat): Strategy {
  return new Strategy({
    name: format,
    writer: paperWriter(format),
    settings: {},
    rules: {},
    vary: () => plainStrategy(format),
  });
}

/**
 * The question alone, without its options, as base models are asked: section 6 names a no-prompt format and does not
 * show it.
 */
export function noPrompt(): Strategy {
  return plainStrategy("no-prompt");
}

/**
 * Figure 4: the question, its options without letters, "The correct answer is:".
 *
 * @example
 * zeroShot().name //=> "zero-shot"
 */
export function zeroShot(): Strategy {
  return plainStrategy("zero-shot");
}

/** Figure 5: as {@link zeroShot}, with "Let's think step-by-step." before the model's reasoning. */
export function chainOfThought(): Strategy {
  return plainStrategy("chain-of-thought");
}

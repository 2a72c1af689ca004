import { ArgumentError } from "../core/errors.ts";
import type { LanguageModel } from "../models/language-model.ts";

/** Tokens of prompts and of outputs, as an endpoint counts them; embeddings are not among them. */
export interface Usage {
  readonly input: number;
  readonly output: number;
  /** In the price's currency; undefined for a model without a price. */
  readonly cost: number | undefined;
}

/** A model that counts what its answers take when they are asked anew, whether or not a cache had them. */
export interface MeteredModel extends LanguageModel {
  readonly usage: Usage;
}

/**
 * Count the tokens of a model's answers.
 *
 * Each continuation is a prompt of its own, its context included, and comes with one generated token, as the protocol
 * has it. So a strategy costs the same on every run of a cell.
 *
 * @throws {ArgumentError} no model
 */
export function meterModel(model: LanguageModel): MeteredModel {
  if (typeof model?.logLikelihood !== "function")
    throw new ArgumentError("model", "a model, such as connectModel gives", model);
  let [input, output] = [0, 0];
  return {
    name: model.name,
    fingerprint: model.fingerprint,
    contextLength: model.contextLength,
    ...(model.price && { price: model.price }),
    ...(model.outputLicence !== undefined && { outputLicence: model.outputLicence }),
    ...(model.sensitivity !== undefined && { sensitivity: model.sensitivity }),
    async logLikelihood(requests, options) {
      const answers = await model.logLikelihood(requests, options);
      for (const { contextTokens, tokens } of answers.flat()) {
        input += contextTokens + tokens.length;
        output++;
      }
      return answers;
    },
    async generate(requests, options) {
      const answers = await model.generate(requests, options);
      for (const { promptTokens, tokens } of answers) {
        input += promptTokens;
        output += tokens;
      }
      return answers;
    },
    embed: (texts, options) => model.embed(texts, options),
    get usage() {
      const { price } = model;
      const cost = price && (input * price.input + output * price.output) / 1e6;
      return { input, output, cost };
    },
  };
}

/** "1,204 tokens in, 36 out, cost 0.0021" */
export function usageText({ input, output, cost }: Usage): string {
  const count = (value: number): string => value.toLocaleString("en-US");
  return `${count(input)} tokens in, ${count(output)} out${cost === undefined ? "" : `, cost ${costText(cost)}`}`;
}

/** Two digits that count: 0.0021, 12. */
export function costText(cost: number): string {
  return cost.toLocaleString("en-US", { maximumSignificantDigits: 2 });
}

import { ModelError } from "../core/errors.ts";
import type { Price } from "./language-model.ts";

/** What an endpoint may be sent in all; the request that could pass it is not sent. */
export interface Budget {
  /** Tokens sent and received. */
  readonly tokens?: number;
  /** In the price's currency; needs a price. */
  readonly cost?: number;
}

/** What was spent on an endpoint, and what may still be. */
export class Spending {
  #tokens = 0;
  #cost = 0;
  /** Of requests under way. */
  #reservedTokens = 0;
  #reservedCost = 0;
  readonly #budget: Budget;
  readonly #price: Price;
  readonly #endpoint: string;

  constructor(endpoint: string, budget: Budget, price: Price | undefined) {
    this.#endpoint = endpoint;
    this.#budget = budget;
    this.#price = price ?? { input: 0, output: 0 };
  }

  get tokens(): number {
    return this.#tokens;
  }

  get cost(): number {
    return this.#cost;
  }

  /**
   * Spend on a request that may take so many tokens at most.
   *
   * @throws {ModelError} it could pass the budget; nothing is sent then
   */
  async spend<Reply>(
    most: { readonly input: number; readonly output: number },
    request: () => Promise<{ reply: Reply; input: number; output: number }>,
  ): Promise<Reply> {
    const cost = this.#costOf(most.input, most.output);
    const tokens = most.input + most.output;
    const { tokens: tokenLimit = Infinity, cost: costLimit = Infinity } = this.#budget;
    if (this.#tokens + this.#reservedTokens + tokens > tokenLimit)
      throw this.#refusal(`${tokenLimit} tokens`, `${this.#tokens} are spent`);
    if (this.#cost + this.#reservedCost + cost > costLimit)
      throw this.#refusal(`a cost of ${costLimit}`, `${this.#cost.toFixed(4)} is spent`);
    this.#reservedTokens += tokens;
    this.#reservedCost += cost;
    try {
      const { reply, input, output } = await request();
      this.#tokens += input + output;
      this.#cost += this.#costOf(input, output);
      return reply;
    } finally {
      this.#reservedTokens -= tokens;
      this.#reservedCost -= cost;
    }
  }

  #costOf(input: number, output: number): number {
    return (input * this.#price.input + output * this.#price.output) / 1e6;
  }

  #refusal(limit: string, spent: string): ModelError {
    return new ModelError(
      `the budget of ${limit} could be passed by the next request (${spent}); nothing was sent. Raise "budget" to go on`,
      { endpoint: this.#endpoint },
    );
  }
}

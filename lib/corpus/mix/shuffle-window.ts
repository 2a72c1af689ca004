import type { SeededRandom } from "../../core/seeded-random.ts";

/**
 * Items in an order that a seed fixes, while memory holds `window` of them at most: each place is given to one of
 * the next `window` items by chance. A window of 1 keeps the order.
 */
export async function* shuffleWindow<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  window: number,
  random: SeededRandom,
): AsyncGenerator<Item, void, void> {
  const held: Item[] = [];
  for await (const item of items) {
    if (held.length < window - 1) {
      held.push(item);
      continue;
    }
    if (held.length === 0) {
      yield item;
      continue;
    }
    const place = random.integer(0, held.length + 1);
    if (place === held.length) yield item;
    else {
      const drawn = held[place]!;
      held[place] = item;
      yield drawn;
    }
  }
  yield* random.shuffle(held);
}

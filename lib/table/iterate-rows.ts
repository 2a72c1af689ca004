/**
 * Give the rows of batches one by one.
 *
 * By hand and not by a generator, which would make three promises for every row.
 */
export function iterateRows<Row>(
  batches: AsyncGenerator<readonly Row[], void, void>,
): AsyncIterableIterator<Row, undefined> {
  let rows: readonly Row[] = [];
  let position = 0;
  let reading: Promise<unknown> | undefined;

  async function read(): Promise<IteratorResult<Row, undefined>> {
    const { done, value } = await batches.next();
    reading = undefined;
    if (done === true) return { done: true, value: undefined };
    rows = value;
    position = 0;
    return nextRow();
  }

  function nextRow(): Promise<IteratorResult<Row, undefined>> {
    if (position < rows.length) return Promise.resolve({ done: false, value: rows[position++]! });
    // A second caller waits for the batch that the first has asked for.
    if (reading !== undefined) return reading.then(nextRow, nextRow);
    const result = read();
    reading = result;
    return result;
  }

  return {
    next: nextRow,
    async return() {
      rows = [];
      await batches.return();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

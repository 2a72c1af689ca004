/** Enough to hold a format's signs: XML's root element after a long prologue, tar's mark at byte 257. */
const headBytes = 8192;

/** The first bytes of a stream, and the whole stream again. */
export async function peek(
  source: AsyncIterable<Buffer>,
): Promise<{ readonly head: Buffer; readonly bytes: AsyncGenerator<Buffer, void, void> }> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let total = 0;
  while (total < headBytes) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    first.push(value);
    total += value.length;
  }
  async function* replay(): AsyncGenerator<Buffer, void, void> {
    try {
      yield* first.splice(0);
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head: Buffer.concat(first, total).subarray(0, headBytes), bytes: replay() };
}

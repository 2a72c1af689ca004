/**
 * The printable character that stands for each byte in a byte-level vocabulary.
 *
 * @see openai/gpt-2, src/encoder.py, `bytes_to_unicode`
 */
export const byteLevelCharacters: readonly string[] = buildCharacters();

function buildCharacters(): string[] {
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let others = 0;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(isPrintable(byte) ? byte : 256 + others++),
  );
}

/** How GPT-2 cuts text into words, and `ByteLevel` in a tokenizer.json; `\s` is Unicode's white space. */
export const byteLevelWords =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

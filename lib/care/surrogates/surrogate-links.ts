import type { KeyedChoice } from "./keyed-choice.ts";
import { surrogateName } from "./surrogate-names.ts";
import { letters, surrogateCode } from "./surrogate-numbers.ts";

/** Names and digits of what stands before the "@" by others, at example.org, which is nobody's. */
export function surrogateEmail(address: string, choice: KeyedChoice): string {
  const scheme = /^mailto:/iu.exec(address)?.[0] ?? "";
  const local = address.slice(scheme.length).split("@")[0]!.toLowerCase();
  return `${scheme}${surrogateWords(local, choice)}@example.org`;
}

/** example.org, and a page that nobody has. */
export function surrogateUrl(url: string, choice: KeyedChoice): string {
  const scheme = /^[a-z]+:\/\//iu.exec(url)?.[0] ?? "";
  return choice.unlike(url, "url", url, (numbers) => {
    const page = Array.from({ length: 10 }, () => numbers.one([...letters])).join("");
    return `${scheme}www.example.org/${page.toLowerCase()}`;
  });
}

/** Networks that are kept for documentation (RFC 5737, RFC 3849). */
export function surrogateInternetAddress(address: string, choice: KeyedChoice): string {
  return choice.unlike(address, "ip-address", address.toLowerCase(), (numbers) => {
    if (!address.includes(":"))
      return `${numbers.one(["192.0.2", "198.51.100", "203.0.113"])}.${1 + numbers.below(254)}`;
    const group = (): string => (1 + numbers.below(65_535)).toString(16);
    return `2001:db8::${group()}:${group()}`;
  });
}

/** A picture's file by other words and digits; what kind of file it is stays. */
export function surrogateFile(file: string, choice: KeyedChoice): string {
  const point = file.lastIndexOf(".");
  return surrogateWords(file.slice(0, point), choice) + file.slice(point);
}

/** Letters as names, so that "okafor" stays the one who is called Okafor; digits as a code. */
function surrogateWords(words: string, choice: KeyedChoice): string {
  return words.replaceAll(/\d+|\p{L}+/gu, (word) =>
    /^\d/u.test(word) ? surrogateCode(word, choice) : surrogateName(word, choice),
  );
}

import { LinkifyIt } from "linkify-it";

import type { Found } from "./identifier.ts";

const linkify = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: true, fuzzyIP: false });

/** An address is looked for in the words around its anchor alone: looking through the whole text is slow. */
const windowCharacters = 300;

/** E-mail and web addresses, by linkify-it, and files of pictures. */
export function scanLinks(text: string, anchors: readonly number[], found: Found): void {
  let until = 0;
  for (const at of anchors) {
    if (at < until) continue;
    const start = startOfWord(text, at);
    const end = endOfWord(text, at);
    const word = text.slice(start, end);
    until = end;
    const picture = pictures.exec(word);
    if (picture !== null)
      found("photograph", start + picture.index, start + picture.index + picture[0].length);
    else if (linkSigns.test(word)) {
      for (const link of linkify.match(word) ?? []) {
        const kind = link.schema === "mailto:" ? "email" : "url";
        found(kind, start + link.index, start + link.lastIndex);
      }
    }
  }
}

/** What a link or address cannot be without: looking closer at each "e.g." would be slow. */
const linkSigns = /@|:\/\/|www\.|\.(?:com|org|net|edu|gov|io|health|info|co|us|uk|ca|de)\b/iu;

/** Files of pictures; what they show is not looked at. */
const pictures = /(?<![\w/])[\w-]{1,80}\.(?:jpe?g|png|heic|tiff?|gif|bmp|webp)\b/iu;

function startOfWord(text: string, at: number): number {
  const least = Math.max(0, at - windowCharacters);
  let start = at;
  while (start > least && !isSpace(text.charCodeAt(start - 1))) start--;
  return start;
}

function endOfWord(text: string, at: number): number {
  const most = Math.min(text.length, at + windowCharacters);
  let end = at;
  while (end < most && !isSpace(text.charCodeAt(end))) end++;
  return end;
}

function isSpace(code: number): boolean {
  return code <= 32 || code === 0xa0;
}

/**
 * Why a name in an archive is refused, or undefined for a good one.
 *
 * Nothing is ever written under these names; an archive with such a name was made to harm, so it is told.
 */
export function nameProblem(name: string): string | undefined {
  if (name === "" || name.includes("\0")) return "a name that is empty or holds a NUL";
  if (/^(?:[/\\]|[A-Za-z]:)/u.test(name)) return "an absolute path as its name";
  if (name.split(/[/\\]/u).includes("..")) return "a name that leads out of the archive";
  return undefined;
}

/** More than this many bytes out of one are no text. Deflate reaches 1,032. */
export const maximumExpansion = 500;

/** Below this size an entry may expand as it likes. */
export const harmlessBytes = 4 * 1024 * 1024;

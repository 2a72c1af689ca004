/** What the system's codes mean to who named the path. */
const words: Readonly<Record<string, string>> = {
  ENOENT: "is not there",
  ENOTDIR: "is not there: a part of the path is a file",
  EISDIR: "is a folder, not a file",
  EACCES: "may not be read by this user",
  EPERM: "may not be read by this user",
  ELOOP: "is a link that leads back to itself",
  ENAMETOOLONG: "has a name that is too long",
};

/**
 * Why a file, or the JSON in it, could not be read: words that follow the path, without naming it again.
 *
 * @example
 * readFailure(Object.assign(new Error("EISDIR: illegal operation on a directory, read"), { code: "EISDIR" }))
 * //=> "is a folder, not a file"
 */
export function readFailure(error: unknown): string {
  if (error instanceof SyntaxError) return `is no JSON: ${error.message}`;
  const { code } = error as NodeJS.ErrnoException;
  return words[code ?? ""] ?? `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

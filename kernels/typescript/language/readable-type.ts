/**
 * A type as people write it: without the modules that its names come from.
 *
 * @example
 * readableType('Promise<import("./<cell-1>").Patient[]>') //=> "Promise<Patient[]>"
 */
export function readableType(text: string): string {
  return text.replaceAll(/(?:typeof )?import\("[^"]*"\)\./g, "");
}

/** TypeScript declarations of what the kernel adds to Node's globals. */
export const kernelGlobals = `
/**
 * Ask the user for a line of text, and wait for it.
 *
 * @param prompt shown before the field
 * @param options.password hide what is typed
 */
declare function input(prompt?: string, options?: { password?: boolean }): string;
`;

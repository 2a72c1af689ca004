/** The specifier by which these declarations name those of the kernel object. */
export const KERNEL_TYPES = "<kernel-object>";

/** TypeScript declarations of what the kernel adds to Node's globals. */
export const kernelGlobals = `
/** The kernel of this notebook: times, memory, variables, packages. */
declare const kernel: import("${KERNEL_TYPES}").Kernel;

/**
 * Ask the user for a line of text, and wait for it.
 *
 * @param prompt shown before the field
 * @param options.password hide what is typed
 */
declare function input(prompt?: string, options?: { password?: boolean }): string;
`;

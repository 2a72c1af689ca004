// What cells reach as `kernel`: the types, with the words that completion shows. The code is in host/kernel-object/.

/** The kernel of this notebook: how long, how much, what there is, and what to add. */
export interface Kernel {
  /**
   * How long a function takes; without one, how long this cell has run so far.
   *
   * A promise that the function gives is waited for.
   *
   * @param options.runs number of times the function is called; the median of more than one is shown. Default 1
   * @example
   * await kernel.time(() => table.count())
   * await kernel.time(() => parse(text), { runs: 50 })
   * kernel.time() // last in a cell: its time
   */
  time(): Timing;
  time<Value>(
    work: () => Value | PromiseLike<Value>,
    options?: { readonly runs?: number },
  ): Promise<Timing & { readonly value: Value }>;
  /** What the kernel's process takes of memory, in bytes. */
  memory(): Memory;
  /** The notebook's variables with their types and about what they take of memory, largest first. */
  variables(): readonly Variable[];
  /**
   * Forget all variables, types included, or those that are named; what running code still uses stays alive.
   *
   * Modules stay loaded, and timers and processes go on: a restart ends those too.
   *
   * @returns the names
   * @throws Error for a name that no cell has declared; then nothing is forgotten
   */
  reset(...names: readonly string[]): readonly string[];
  /**
   * Install a package with npm: into the nearest folder with a package.json, from the notebook's folder upwards,
   * else into the notebook's folder. Its exact version is saved there. No scripts of packages run.
   *
   * An interrupt stops it.
   *
   * @param name `"d3-array"`, with a version `"d3-array@3.2.4"` or a range `"@scope/name@^2"`
   * @throws TypeError for what names no package of the registry: a path, an address, an option
   */
  install(name: string): Promise<InstalledPackage>;
  /** What the kernel is, since when, and what has gone wrong on its wire. */
  status(): Status;
}

/** A duration: of one run, or the median of several. */
export interface Timing {
  readonly milliseconds: number;
  /** Time that the processor worked in this process, all threads together; of several runs, of all of them. */
  readonly cpuMilliseconds: number;
  readonly runs: number;
  readonly fastestMilliseconds: number;
  readonly slowestMilliseconds: number;
}

/** Memory of the kernel's process, in bytes. */
export interface Memory {
  /** All that the process holds of the machine's memory. */
  readonly resident: number;
  /** JavaScript objects of cells that are in use. */
  readonly heapUsed: number;
  /** What such objects can take; a cell that comes near is stopped. */
  readonly heapLimit: number;
  /** Bytes of buffers and typed arrays. */
  readonly arrayBuffers: number;
}

export interface Variable {
  readonly name: string;
  readonly kind: "const" | "let" | "var" | "enum" | "function" | "class" | "import" | "using";
  /** Its class or primitive type, with its length where it has one. */
  readonly type: string;
  /** About what it takes, in bytes, without what it shares with variables listed above it. */
  readonly bytes: number;
  /** Whether there is more than was counted. */
  readonly isLarger: boolean;
}

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
}

export interface Status {
  readonly node: string;
  readonly typescript: string;
  readonly upSeconds: number;
  readonly processId: number;
  /** Messages that were dropped since they were not signed with this kernel's key. */
  readonly badSignatures: number;
  /** Messages that were dropped since they were no messages. */
  readonly malformedMessages: number;
}

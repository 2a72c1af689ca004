/** The kernel's process ended; whatever it was asked for has no answer. */
export class KernelDiedError extends Error {
  override readonly name = "KernelDiedError";
  /** The end of what the process wrote to its own standard output and error. */
  readonly logTail: string;

  constructor(message: string, logTail: string) {
    super(logTail.trim() === "" ? message : `${message}; it wrote:\n${logTail.trim()}`);
    this.logTail = logTail;
  }
}

/** The kernel did not answer in time; it may still be at work. */
export class KernelTimeoutError extends Error {
  override readonly name = "KernelTimeoutError";
  readonly requestType: string;

  constructor(requestType: string, milliseconds: number, logTail: string) {
    const message = `the kernel did not answer ${requestType} within ${milliseconds} ms`;
    super(logTail.trim() === "" ? message : `${message}; it wrote:\n${logTail.trim()}`);
    this.requestType = requestType;
  }
}

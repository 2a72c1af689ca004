type Decorator = (target: unknown, key?: string | symbol, descriptor?: unknown) => unknown;

/**
 * Apply decorators the way TypeScript does with `experimentalDecorators`: last first, each may replace what
 * it decorates. Transformed cells call it under the name `babelHelpers.decorate`.
 */
export function decorate(
  decorators: readonly Decorator[],
  target: object,
  key?: string | symbol,
  descriptor?: PropertyDescriptor | null,
): unknown {
  if (key === undefined) {
    return decorators.reduceRight<unknown>((current, decorator) => decorator(current) ?? current, target);
  }
  // TypeScript passes null for a method, whose descriptor is to be read, and undefined for a field.
  const before = descriptor === null ? Object.getOwnPropertyDescriptor(target, key) : descriptor;
  const after = decorators.reduceRight<unknown>(
    (current, decorator) => decorator(target, key, current) ?? current,
    before,
  );
  if (after) Object.defineProperty(target, key, after as PropertyDescriptor);
  return after;
}

/** The decorator of one parameter, as a decorator of its method. */
export function decorateParam(index: number, decorator: (...parameters: unknown[]) => void): Decorator {
  return (target, key) => decorator(target, key, index);
}

/** Type metadata, where a library such as reflect-metadata keeps it. */
export function decorateMetadata(key: string, value: unknown): Decorator | undefined {
  const metadata = Reflect.get(Reflect, "metadata") as
    | ((key: string, value: unknown) => Decorator)
    | undefined;
  return metadata?.(key, value);
}

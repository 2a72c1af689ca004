import { recordAudit } from "../core/audit-log.ts";
import { ArgumentError } from "../core/errors.ts";
import { checkOptions, textOption } from "../core/options.ts";
import { isRestricted } from "../core/restricted.ts";
import { Table } from "../table/table.ts";

export interface LowerSensitivityOptions {
  /** Why it may be public; kept in the audit log. */
  readonly reason: string;
}

/**
 * The same as public: a table, or documents, questions, samples, results or rows, one or a list of them.
 *
 * Nothing else makes restricted data public. What was given stays restricted, and so does what was made of it before.
 *
 * @throws {ArgumentError} no reason, or something that is not restricted
 * @throws {DataError} the audit log cannot be written
 *
 * @example
 * const counts = fromRows([{ unit: "A", notes: 120 }], { sensitivity: "restricted" });
 * lowerSensitivity(counts, { reason: "counts by unit, none below 11" }).sensitivity //=> "public"
 */
export function lowerSensitivity<Value extends object>(
  value: Value,
  options: LowerSensitivityOptions,
): Value {
  const { reason } = checkOptions(options, { reason: textOption(undefined) });
  if (reason === undefined || reason.trim() === "" || reason.length > 500)
    throw new ArgumentError("reason", "why it may be public, in 1 to 500 characters", reason);
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const canBe = items.length > 0 && items.every((item) => typeof item === "object" && item !== null);
  if (!canBe || !(items as readonly object[]).some((item) => isRestrictedThing(item)))
    throw new ArgumentError("value", "something restricted", value);
  const subject = value instanceof Table ? value.source.slice(0, 500) : `${items.length} in memory`;
  recordAudit({
    action: "sensitivity",
    subject,
    sensitivity: "restricted",
    detail: { to: "public", reason: reason.trim() },
  });
  const lowered = items.map((item) => publicCopy(item as object));
  return (Array.isArray(value) ? lowered : lowered[0]) as Value;
}

function isRestrictedThing(item: object): boolean {
  return item instanceof Table ? item.sensitivity === "restricted" : isRestricted(item);
}

/** A copy, and of what it holds, without any mark. */
function publicCopy(value: object): object {
  if (value instanceof Table) return value.lowered();
  const copy = Object.entries(value).map(([key, item]) => {
    if (key === "sensitivity") return [key, "public"] as const;
    return [key, copyOf(item)] as const;
  });
  return Object.fromEntries(copy);
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  const isPlain =
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  return isPlain ? publicCopy(value) : value;
}

/** What is asked of a column, by its type. */
export type ColumnKind = "number" | "text" | "time" | "boolean" | "list" | "bytes" | "other";

const kindsByType: Readonly<Record<string, ColumnKind>> = {
  TINYINT: "number",
  SMALLINT: "number",
  INTEGER: "number",
  BIGINT: "number",
  HUGEINT: "number",
  UTINYINT: "number",
  USMALLINT: "number",
  UINTEGER: "number",
  UBIGINT: "number",
  UHUGEINT: "number",
  FLOAT: "number",
  DOUBLE: "number",
  VARCHAR: "text",
  UUID: "text",
  BOOLEAN: "boolean",
  BLOB: "bytes",
  DATE: "time",
  TIMESTAMP: "time",
  TIMESTAMP_S: "time",
  TIMESTAMP_MS: "time",
  TIMESTAMP_NS: "time",
  "TIMESTAMP WITH TIME ZONE": "time",
};

/** The kind of a column of that SQL type. */
export function columnKind(type: string): ColumnKind {
  if (type.endsWith("]")) return "list";
  if (type.startsWith("DECIMAL(")) return "number";
  if (type.startsWith("ENUM(")) return "text";
  return kindsByType[type] ?? "other";
}

/** Whether a number of that type is always whole. */
export function isWholeType(type: string): boolean {
  return type.endsWith("INT") || type.endsWith("INTEGER");
}

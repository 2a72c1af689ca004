import { basename, isAbsolute } from "node:path";

import { sha256 } from "../core/hash.ts";
import type { Table } from "../table/table.ts";
import { TABLE_MIME } from "./bundle.ts";
import type { RichBundle } from "./bundle.ts";
import { describeTable } from "./describe-table.ts";
import { keepTable, tableId } from "./table-comm.ts";
import { tableHtml } from "./table-html.ts";
import type { TableModel } from "./table-model.ts";
import { tableText } from "./table-text.ts";

export interface TableDisplayOptions {
  /** What the table is, above it and for screen readers. @default what was opened */
  readonly caption?: string;
}

/** The live table, a static one and a text; the kernel keeps the table so that the viewer can ask for more. */
export async function tableBundle(table: Table, options: TableDisplayOptions = {}): Promise<RichBundle> {
  const described = await describeTable(table, options.caption ?? sourceName(table.source));
  const id = tableId(sha256(JSON.stringify(described)).slice(0, 16), table, isWhole(described));
  keepTable(id, table);
  return modelBundle({ ...described, id });
}

function isWhole({ head, rowCount, columns, columnCount }: Omit<TableModel, "id">): boolean {
  const isClipped = head.flat().some((cell) => typeof cell === "object" && cell !== null);
  return head.length === rowCount && columns.length === columnCount && !isClipped;
}

/** What was opened; of a file its name alone, which is the same on every machine. */
export function sourceName(source: string): string {
  return isAbsolute(source) ? basename(source) : source;
}

/** All forms of what is saved of a table. */
export function modelBundle(model: TableModel): RichBundle {
  return { data: { [TABLE_MIME]: model, "text/html": tableHtml(model), "text/plain": tableText(model) } };
}

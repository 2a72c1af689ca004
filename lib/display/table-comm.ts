import type { Column } from "../table/relation.ts";
import type { Table } from "../table/table.ts";
import type { Comm } from "./jupyter-host.ts";
import { KeptValues } from "./kept-values.ts";
import { queryTable } from "./query-table.ts";
import type { ViewQuery } from "./query-table.ts";
import { readCells } from "./read-cells.ts";
import type { Cell, ColumnModel } from "./table-model.ts";

/** What the viewer asks; everything but `request` has a default. */
interface RowsRequest extends Partial<ViewQuery> {
  readonly request: number;
  readonly kind: "rows";
  readonly offset?: number;
  readonly limit?: number;
  readonly firstColumn?: number;
  readonly columnLimit?: number;
  /** Whole texts, for opening and copying. */
  readonly full?: boolean;
}

interface RowsReply {
  readonly columns: readonly ColumnModel[];
  readonly rows: readonly (readonly Cell[])[];
  readonly filteredCount: number;
}

const TABLE_COMM_TARGET = "rounds.table";

const MAXIMUM_ROWS = 500;
const MAXIMUM_COLUMNS = 100;
const CLIP_CHARACTERS = 500;
/** One opened or copied text; a larger one stays clipped rather than filling the page's memory. */
const FULL_CHARACTERS = 2_000_000;
/** Tables that stay reachable from the page. */
const MAXIMUM_KEPT_TABLES = 200;

const kept = new KeptValues<Table>(TABLE_COMM_TARGET, MAXIMUM_KEPT_TABLES);

/** Keep a table so that the viewer can ask for its rows by this id. */
export function keepTable(id: string, table: Table): void {
  kept.keep(id, table);
}

/**
 * An id for a table, from what is saved of it, so that two runs save the same.
 *
 * A table that was saved whole takes the place of one that looks the same; of another only the ends are known,
 * so one that looks the same but asks something else gets a number.
 */
export function tableId(fingerprint: string, table: Table, isSavedWhole: boolean): string {
  let id = fingerprint;
  for (let number = 2; ; number++) {
    const held = kept.get(id);
    if (held === undefined || isSavedWhole || held.isSameAs(table)) return id;
    id = `${fingerprint}-${number}`;
  }
}

/** Answer the viewer's questions about tables, if there is a kernel to answer in. */
export function serveTables(): void {
  kept.serve(answerQuestions);
}

function answerQuestions(comm: Comm, table: Table): void {
  // The last query is kept, since turning pages repeats it and its count is then known.
  let last: { key: string; found: Table } | undefined;
  comm.onMessage((data) => {
    const request = data as RowsRequest;
    // Tells the viewer that an answer will come, however long the query takes.
    comm.send({ request: request.request, accepted: true });
    void reply(request).then((answer) => comm.send({ request: request.request, ...answer }));
  });

  async function reply(request: RowsRequest): Promise<RowsReply | { error: string }> {
    try {
      const columns = await table.columns();
      const { search = "", filters = {}, sort = null } = request;
      const key = JSON.stringify([search, filters, sort]);
      if (last?.key !== key) last = { key, found: queryTable(table, columns, { search, filters, sort }) };
      return await readPage(last.found, columns, request);
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  }
}

async function readPage(found: Table, all: readonly Column[], request: RowsRequest): Promise<RowsReply> {
  const { offset = 0, limit = 50, firstColumn = 0, columnLimit = 40, full = false } = request;
  const columns = all.slice(firstColumn, firstColumn + Math.min(columnLimit, MAXIMUM_COLUMNS));
  const maximumCharacters = full ? FULL_CHARACTERS : CLIP_CHARACTERS;
  const rows = await readCells(found, {
    offset,
    limit: Math.min(limit, MAXIMUM_ROWS),
    columns,
    maximumCharacters,
  });
  const filteredCount = await found.count();
  return { columns: columns.map(({ name, type }) => ({ name, type, nulls: null })), rows, filteredCount };
}

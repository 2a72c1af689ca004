import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { TABLE_MIME } from "../../lib/display/bundle.ts";
import { queryTable } from "../../lib/display/query-table.ts";
import { sparkline } from "../../lib/display/profile.ts";
import { formatValue } from "../../lib/display/show.ts";
import type { TableModel } from "../../lib/display/table-model.ts";
import { fromRows } from "../../lib/table/from-rows.ts";

const SCRIPT = `<script>alert("1")</script>`;

async function shown(
  value: unknown,
): Promise<{ model: TableModel; html: string; text: string; size: number }> {
  const { data } = (await formatValue(value))!;
  return {
    model: data[TABLE_MIME] as TableModel,
    html: data["text/html"] as string,
    text: data["text/plain"] as string,
    size: JSON.stringify(data).length,
  };
}

describe("a displayed table", () => {
  it("shows shape, types, nulls, and the first and last rows with the gap between", async () => {
    const rows = Array.from({ length: 10_000 }, (_, id) => ({
      id,
      label: id % 2 === 0 ? null : `row ${id}`,
    }));
    const { model, html, text } = await shown(rows);
    assert.deepEqual(model.columns, [
      { name: "id", type: "BIGINT", nulls: 0 },
      { name: "label", type: "VARCHAR", nulls: 5000 },
    ]);
    assert.deepEqual(model.head[1], ["1", "row 1"]);
    assert.deepEqual(model.tail.at(-1), ["9999", "row 9999"]);
    assert.match(html, /<caption[^>]*>array of objects: 10,000 rows × 2 columns<\/caption>/u);
    assert.match(html, /<td colspan="3"[^>]*>… 9,990 rows …<\/td>/u);
    assert.match(html, /<th scope="row"[^>]*>9,996<\/th>/u);
    assert.match(text, /^array of objects: 10,000 rows × 2 columns\n {4}id {2}label\nBIGINT {2}VARCHAR\n/u);
  });

  it("shows markup as text everywhere", async () => {
    const { html } = await shown(fromRows([{ [SCRIPT]: SCRIPT }], { source: SCRIPT }));
    assert.equal(html.includes("<script"), false);
    assert.equal(html.split("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;").length, 4);
  });

  it("stays under 200 kB with 2,000 columns and with a text of 5 MB", async () => {
    const wide = Object.fromEntries(
      Array.from({ length: 2000 }, (_, index) => [`column ${index}`, "x".repeat(300)]),
    );
    const { model, html, size } = await shown(Array.from({ length: 30 }, () => wide));
    assert.ok(size < 200_000, `${size} characters`);
    assert.equal(model.columnCount, 2000);
    assert.equal(model.columns.length, 40);
    assert.match(html, /the first 40 columns are shown/u);
    const long = await shown([{ text: "é".repeat(5_000_000) }]);
    assert.ok(long.size < 10_000);
    assert.deepEqual(long.model.head[0], [{ clipped: "é".repeat(500), length: 5_000_000 }]);
  });

  it("saves no row and no value of a restricted table, nor of its profile", async () => {
    const table = fromRows(
      [
        { patient: "Jane Secret", age: 4711 },
        { patient: "John Secret", age: 4712 },
      ],
      { sensitivity: "restricted", source: "visits" },
    );
    for (const value of [table, table.where("age > 1"), await table.profile()]) {
      const { data } = (await formatValue(value))!;
      assert.doesNotMatch(JSON.stringify(data), /Secret|471/u);
      assert.match(data["text/plain"] as string, /restricted/u);
    }
  });

  it("is the same output each time", async () => {
    const rows = [{ a: 1, b: "x" }];
    assert.deepEqual(await shown(rows), await shown(rows));
  });

  it("is text where the database cannot hold the rows", async () => {
    const { data } = (await formatValue([{ a: 1 }, { a: "x" }]))!;
    assert.deepEqual(data, { "text/plain": "[ { a: 1 }, { a: 'x' } ]" });
  });
});

describe("what the viewer asks of a table", () => {
  const table = fromRows(
    Array.from({ length: 20 }, (_, id) => ({ id, parity: id % 2, 'a "b"': `Item ${id}` })),
  );
  const ids = async (query: Partial<Parameters<typeof queryTable>[2]>): Promise<unknown[]> => {
    const found = queryTable(table, await table.columns(), { search: "", filters: {}, sort: null, ...query });
    return (await found.rows()).map((row) => row["id"]);
  };

  it("is found in any column, case aside, as text and never as SQL", async () => {
    assert.deepEqual(await ids({ search: "ITEM 1" }), [1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    assert.deepEqual(await ids({ search: "' OR true --" }), []);
    assert.deepEqual(await ids({ filters: { 'a "b"': "item 7" } }), [7]);
  });

  it("compares numbers, and takes anything else as text", async () => {
    assert.deepEqual(await ids({ filters: { id: ">= 18" } }), [18, 19]);
    assert.deepEqual(await ids({ filters: { id: "= 3" } }), [3]);
    assert.deepEqual(await ids({ filters: { id: "9" } }), [9, 19]);
  });

  it("compares whole numbers that a double cannot hold", async () => {
    const large = fromRows([{ id: 2n ** 60n }, { id: 2n ** 60n + 1n }, { id: 3n }]);
    const found = async (filter: string): Promise<unknown[]> => {
      const query = { search: "", filters: { id: filter }, sort: null };
      return (await queryTable(large, await large.columns(), query).rows()).map((row) => row["id"]);
    };
    assert.deepEqual(await found(`= ${2n ** 60n}`), [2n ** 60n]);
    assert.deepEqual(await found(`> ${2n ** 60n}`), [2n ** 60n + 1n]);
  });

  it("takes what only looks like a number as text", async () => {
    assert.deepEqual(await ids({ filters: { id: "< 1.2.3" } }), []);
    assert.deepEqual(await ids({ filters: { id: "< ." } }), []);
  });

  it("is sorted, equal values in the order of the table", async () => {
    const sorted = await ids({ sort: { column: "parity", descending: true }, filters: { id: "< 6" } });
    assert.deepEqual(sorted, [1, 3, 5, 0, 2, 4]);
  });
});

describe("the id by which the viewer asks for a table", () => {
  const numbers = fromRows(Array.from({ length: 100 }, (_, id) => ({ id })));
  const idOf = async (query: string): Promise<string | null> => (await shown(numbers.sql(query))).model.id;

  it("is the same when a cell is run again", async () => {
    assert.equal(await idOf("SELECT id FROM this"), await idOf("SELECT id FROM this"));
    const [first, second] = [await shown([{ id: 1 }]), await shown([{ id: 1 }])];
    assert.equal(first.model.id, second.model.id);
  });

  it("is another for a table that differs only in rows that are not saved", async () => {
    const changed = "SELECT CASE id WHEN 50 THEN 51 ELSE id END AS id FROM this";
    assert.notEqual(await idOf(changed), await idOf("SELECT id FROM this"));
    assert.equal(await idOf(changed), await idOf(changed));
  });
});

describe("sparkline", () => {
  it("is full where the counts are highest", () => assert.equal(sparkline([0, 1, 4, 8]), "▁▂▅█"));
});

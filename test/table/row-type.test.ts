import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromRows } from "../../lib/table/from-rows.ts";
import { rowType, TYPE, valueType } from "../../lib/table/row-type.ts";

const types = fromRows([{ one: 1 }]).sql("SELECT * FROM test_all_types()");

/** The TypeScript type of every type that DuckDB has. */
const expected: Record<string, string> = {
  BOOLEAN: "boolean",
  TINYINT: "number",
  SMALLINT: "number",
  INTEGER: "number",
  BIGINT: "(number | bigint)",
  HUGEINT: "(number | bigint)",
  UHUGEINT: "(number | bigint)",
  UTINYINT: "number",
  USMALLINT: "number",
  UINTEGER: "number",
  UBIGINT: "(number | bigint)",
  BIGNUM: "(number | bigint)",
  DATE: "string",
  TIME: "string",
  TIME_NS: "string",
  TIMESTAMP: "string",
  TIMESTAMP_S: "string",
  TIMESTAMP_MS: "string",
  TIMESTAMP_NS: "string",
  "TIME WITH TIME ZONE": "string",
  "TIMESTAMP WITH TIME ZONE": "string",
  FLOAT: "number",
  DOUBLE: "number",
  "DECIMAL(4,1)": "number",
  "DECIMAL(9,4)": "number",
  "DECIMAL(18,6)": "string",
  "DECIMAL(38,10)": "string",
  UUID: "string",
  INTERVAL: "{ months: number; days: number; microseconds: number | bigint }",
  VARCHAR: "string",
  BLOB: "Uint8Array",
  BIT: "string",
  GEOMETRY: "Uint8Array",
  VARIANT: "any",
  JSON: "any",
  "ENUM('DUCK_DUCK_ENUM', 'GOOSE')": '("DUCK_DUCK_ENUM" | "GOOSE")',
  "INTEGER[]": "(number | null)[]",
  "VARCHAR[]": "(string | null)[]",
  "INTEGER[][]": "((number | null)[] | null)[]",
  "INTEGER[3]": "(number | null)[]",
  "STRUCT(a INTEGER, b VARCHAR)": '{ "a": number | null; "b": string | null }',
  "STRUCT(a INTEGER[], b VARCHAR[])": '{ "a": (number | null)[] | null; "b": (string | null)[] | null }',
  "STRUCT(a INTEGER, b VARCHAR)[]": '({ "a": number | null; "b": string | null } | null)[]',
  "MAP(VARCHAR, VARCHAR)": "Map<string, string | null>",
  'UNION("name" VARCHAR, age SMALLINT)': "(string | number)",
};

describe("the TypeScript type of a row", () => {
  for (const [sql, typescript] of Object.entries(expected)) {
    it(`${sql}: ${typescript}`, () => assert.equal(valueType(sql), typescript));
  }

  it("is known for every type of DuckDB's own table of types, and holds its values", async () => {
    const columns = await types.columns();
    const unknown = columns.filter(({ type }) => valueType(type).includes("unknown"));
    assert.deepEqual(unknown, []);
    for (const row of await types.rows()) {
      for (const { name, type } of columns) {
        const value = row[name];
        const kind = value === null ? "null" : typeof value;
        if (["object", "null"].includes(kind)) continue;
        const declared = valueType(type);
        const isDeclared =
          declared.includes(kind) || declared === "any" || declared.includes(JSON.stringify(value));
        assert.ok(isDeclared, `${name} ${type} is ${declared}, got ${kind} ${String(value)}`);
      }
    }
  });

  it("quotes names, whatever they hold", () => {
    const column = { name: 'a "b"; c', type: 'STRUCT("x, (y" VARCHAR, "q""uote" ENUM(\'it\'\'s, \'))' };
    assert.equal(
      rowType([column]),
      '{ "a \\"b\\"; c": { "x, (y": string | null; "q\\"uote": ("it\'s, ") | null } | null }',
    );
  });

  it("is not made of more than 1,000 columns", () => {
    const columns = Array.from({ length: 1001 }, (_, index) => ({ name: `c${index}`, type: "VARCHAR" }));
    assert.equal(rowType(columns), undefined);
  });

  it("of a restricted table names no value", async () => {
    const table = fromRows([{ one: 1 }], { sensitivity: "restricted" });
    const coded = table.sql("SELECT 'yes'::ENUM('yes', 'no') AS answer");
    assert.equal(await coded[TYPE](), 'import("rounds").Table<{ "answer": string | null }>');
  });

  it("is what a table says of itself, without reading rows", async () => {
    const table = fromRows([{ pmid: "1", year: 2000 }]);
    assert.equal(await table.select("pmid")[TYPE](), 'import("rounds").Table<{ "pmid": string | null }>');
  });
});

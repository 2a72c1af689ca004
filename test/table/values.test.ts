import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromArrow } from "../../lib/table/from-arrow.ts";
import { fromRows } from "../../lib/table/from-rows.ts";

const types = fromRows([{ one: 1 }]).sql("SELECT * FROM test_all_types()");

/** What a notebook sees of DuckDB's own table of every type: the smallest value, the largest, and null. */
const expected: Record<string, readonly [unknown, unknown]> = {
  bool: [false, true],
  tinyint: [-128, 127],
  smallint: [-32768, 32767],
  int: [-2147483648, 2147483647],
  bigint: [-9223372036854775808n, 9223372036854775807n],
  hugeint: [-(2n ** 127n), 2n ** 127n - 1n],
  uhugeint: [0, 2n ** 128n - 1n],
  utinyint: [0, 255],
  usmallint: [0, 65535],
  uint: [0, 4294967295],
  ubigint: [0, 18446744073709551615n],
  date: ["5877642-06-25 (BC)", "5881580-07-10"],
  time: ["00:00:00", "24:00:00"],
  timestamp: ["290309-12-22 (BC)T00:00:00", "294247-01-10T04:00:54.775806"],
  timestamp_s: ["290309-12-22 (BC)T00:00:00", "294247-01-10T04:00:54"],
  timestamp_ms: ["290309-12-22 (BC)T00:00:00", "294247-01-10T04:00:54.775"],
  timestamp_ns: ["1677-09-22T00:00:00", "2262-04-11T23:47:16.854775806"],
  time_tz: ["00:00:00+15:59:59", "24:00:00-15:59:59"],
  timestamp_tz: ["290309-12-22 (BC)T00:00:00Z", "294247-01-10T04:00:54.775806Z"],
  float: [-3.4028234663852886e38, 3.4028234663852886e38],
  double: [-Number.MAX_VALUE, Number.MAX_VALUE],
  dec_4_1: [-999.9, 999.9],
  dec_9_4: [-99999.9999, 99999.9999],
  dec_18_6: ["-999999999999.999999", "999999999999.999999"],
  dec38_10: ["-9999999999999999999999999999.9999999999", "9999999999999999999999999999.9999999999"],
  uuid: ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
  interval: [
    { months: 0, days: 0, microseconds: 0 },
    { months: 999, days: 999, microseconds: 999999999 },
  ],
  varchar: ["🦆🦆🦆🦆🦆🦆", "goo\0se"],
  blob: [Buffer.from("thisisalongblob\0withnullbytes"), Buffer.from("\0\0\0a")],
  bit: ["0010001001011100010101011010111", "10101"],
  small_enum: ["DUCK_DUCK_ENUM", "GOOSE"],
  medium_enum: ["enum_0", "enum_299"],
  large_enum: ["enum_0", "enum_69999"],
  int_array: [[], [42, 999, null, null, -42]],
  double_array: [[], [42, NaN, Infinity, -Infinity, null, -42]],
  date_array: [[], ["1970-01-01", "5881580-07-11", "5877642-06-24 (BC)", null, "2022-05-12"]],
  timestamp_array: [[], ["1970-01-01T00:00:00", "infinity", "-infinity", null, "2022-05-12T16:23:45"]],
  timestamptz_array: [[], ["1970-01-01T00:00:00Z", "infinity", "-infinity", null, "2022-05-12T23:23:45Z"]],
  varchar_array: [[], ["🦆🦆🦆🦆🦆🦆", "goose", null, ""]],
  nested_int_array: [[], [[], [42, 999, null, null, -42], null, [], [42, 999, null, null, -42]]],
  struct: [
    { a: null, b: null },
    { a: 42, b: "🦆🦆🦆🦆🦆🦆" },
  ],
  struct_of_arrays: [
    { a: null, b: null },
    { a: [42, 999, null, null, -42], b: ["🦆🦆🦆🦆🦆🦆", "goose", null, ""] },
  ],
  array_of_structs: [[], [{ a: null, b: null }, { a: 42, b: "🦆🦆🦆🦆🦆🦆" }, null]],
  map: [
    new Map(),
    new Map([
      ["key1", "🦆🦆🦆🦆🦆🦆"],
      ["key2", "goose"],
    ]),
  ],
  union: ["Frank", 5],
  fixed_int_array: [
    [null, 2, 3],
    [4, 5, 6],
  ],
  fixed_varchar_array: [
    ["a", null, "c"],
    ["d", "e", "f"],
  ],
  fixed_nested_int_array: [
    [[null, 2, 3], null, [null, 2, 3]],
    [
      [4, 5, 6],
      [null, 2, 3],
      [4, 5, 6],
    ],
  ],
  fixed_nested_varchar_array: [
    [["a", null, "c"], null, ["a", null, "c"]],
    [
      ["d", "e", "f"],
      ["a", null, "c"],
      ["d", "e", "f"],
    ],
  ],
  fixed_struct_array: [
    [
      { a: null, b: null },
      { a: 42, b: "🦆🦆🦆🦆🦆🦆" },
      { a: null, b: null },
    ],
    [
      { a: 42, b: "🦆🦆🦆🦆🦆🦆" },
      { a: null, b: null },
      { a: 42, b: "🦆🦆🦆🦆🦆🦆" },
    ],
  ],
  struct_of_fixed_array: [
    { a: [null, 2, 3], b: ["a", null, "c"] },
    { a: [4, 5, 6], b: ["d", "e", "f"] },
  ],
  fixed_array_of_int_list: [
    [[], [42, 999, null, null, -42], []],
    [[42, 999, null, null, -42], [], [42, 999, null, null, -42]],
  ],
  list_of_fixed_int_array: [
    [
      [null, 2, 3],
      [4, 5, 6],
      [null, 2, 3],
    ],
    [
      [4, 5, 6],
      [null, 2, 3],
      [4, 5, 6],
    ],
  ],
  time_ns: ["00:00:00", "24:00:00"],
};

/** Types whose largest values are best told by a rule. */
const toldApart = new Set(["bignum", "geometry"]);

describe("values of every DuckDB type", () => {
  it("look in JavaScript as documented", async () => {
    const rows = await types.rows();
    assert.deepEqual(
      Object.keys(rows[0]!).filter((name) => !toldApart.has(name)),
      Object.keys(expected),
    );
    for (const [name, [smallest, largest]] of Object.entries(expected)) {
      const values = rows.map((row) => row[name]);
      const plain = values.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value));
      assert.deepEqual(plain, [smallest, largest, null], name);
    }
  });

  it("keep numbers of any size, and geometries as bytes", async () => {
    const [smallest, largest] = await types.select("bignum", "geometry").rows();
    assert.equal(typeof largest!["bignum"], "bigint");
    assert.equal(smallest!["bignum"], -(largest!["bignum"] as bigint));
    assert.equal((smallest!["geometry"] as Uint8Array)[0], 1);
  });

  it("parse JSON, and unwrap VARIANT", async () => {
    const table = types
      .limit(1)
      .sql(`SELECT '{"a": [1, null]}'::JSON AS json, {'a': 1, 'b': 'x'}::VARIANT AS variant FROM this`);
    assert.deepEqual(await table.rows(), [{ json: { a: [1, null] }, variant: { a: 1, b: "x" } }]);
  });

  it("come back from Arrow as they went", async () => {
    // DuckDB's huge integers have more digits than Arrow's decimals; intervals and unions go as texts.
    const table = types.sql('SELECT * EXCLUDE (bignum, hugeint, uhugeint, interval, "union") FROM this');
    const arrow = await table.toArrow();
    assert.equal(arrow.numRows, 3);
    assert.deepEqual(await fromArrow(arrow).rows(), await table.rows());
  });
});

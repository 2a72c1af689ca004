import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { resultText } from "./start-kernel.ts";
import { type Lab, startLab } from "./support-lab.ts";

const THROWING_PROXY = `new Proxy({}, { get() { throw new Error("get"); }, ownKeys() { throw new Error("keys"); },
  getPrototypeOf() { throw new Error("prototype"); }, getOwnPropertyDescriptor() { throw new Error("own"); } })`;

describe("a value that is hard to show", () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab();
  });

  for (const [kind, code] of Object.entries({
    "a getter that throws": '({ get x() { throw new Error("getter"); } })',
    "rows with a getter that throws": '[{ get x() { throw new Error("getter"); } }]',
    "a circle": "const circle = {}; circle.self = circle; circle",
    "rows in a circle": "[circle]",
    "a list in a circle": "const list = []; list.push(list); [{ list }]",
    "20,000 levels": "let deep = 1; for (let level = 0; level < 20_000; level += 1) deep = { deep }; [deep]",
    "a Proxy that throws": THROWING_PROXY,
    "rows with a Proxy that throws": `[${THROWING_PROXY}]`,
    "a revoked Proxy": "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); proxy",
    "rows of mixed types": '[{ a: 1 }, { a: "x" }, { b: Symbol("s") }]',
    "an integer of 200 bits": "[{ a: 2n ** 200n }]",
    "a Date that is none": "[{ a: new Date(NaN) }]",
    "an Arrow table with an interval": `const arrow = await import("apache-arrow");
      new arrow.Table({ i: arrow.vectorFromArray([new Int32Array([1, 2])], new arrow.IntervalDayTime()) })`,
    "rows with a hole": "[{ a: 1 }, , { a: 2 }]",
    "what looks like a figure": '({ data: [{ type: "bar", x: 1n, y: () => 1 }], layout: {} })',
  })) {
    it(`is shown without a word on stderr: ${kind}`, async () => {
      await lab.show(code);
    });
  }

  it("is shown by a method that throws: the value's own text is shown, and the error", async () => {
    const { reply, outputs } = await lab.run(
      '({ kept: 7, [Symbol.for("Jupyter.display")]() { throw new Error("no picture"); } })',
    );
    assert.equal(reply.status, "ok");
    assert.match(JSON.stringify(outputs), /no picture/u);
    assert.match(resultText(outputs)!, /kept: 7/u);
  });

  it("is shown by a method that never ends: an interrupt stops it", async () => {
    for (const body of ["return new Promise(() => {});", "while (true) {}"]) {
      await lab.interrupt(`({ [Symbol.for("Jupyter.display")]() { ${body} } })`);
    }
  });

  it("is a number, a date or a text at the edge of its type", async () => {
    const text = String(
      (
        await lab.show(`[{ nan: NaN, zero: -0, infinite: Infinity, big: 2n ** 100n, far: new Date(8.64e15),
          nested: { a: [1, null] }, map: new Map([["k", 1]]), nul: "a\\0b", lone: "x\\ud800y", nothing: null }]`)
      )["text/html"],
    );
    for (const shown of [
      "nan",
      "-0.0",
      "inf",
      "1267650600228229401496703205376",
      "275760-09-13",
      "{k=1}",
      "x\ufffdy",
    ]) {
      assert.ok(text.includes(shown), shown);
    }
  });

  it("is text that looks like HTML: it is escaped in every form that is HTML", async () => {
    const script = "<script>alert(1)</script>";
    const image = "<img src=x onerror=alert(1)>";
    const rows = JSON.stringify([
      { [image]: script, n: 1 },
      { [image]: "</script><b>", n: 2 },
    ]);
    await lab.run(`const marked = rounds.fromRows(${rows}, { source: ${JSON.stringify(image)} })`);
    for (const code of [
      "marked",
      "await marked.profile()",
      rows,
      `await rounds.show(marked, { caption: "${script}" })`,
    ]) {
      const html = String((await lab.show(code))["text/html"]);
      assert.doesNotMatch(html, /<script|<img|<b>/u, code);
      assert.match(html, /&lt;img src=x onerror=alert\(1\)&gt;/u, code);
    }
    const figure = await lab.show(
      `rounds.barFigure(${rows}, { x: ${JSON.stringify(image)}, y: "n", title: ${JSON.stringify(script)} })`,
    );
    const plotly = JSON.stringify(figure["application/vnd.plotly.v1+json"], (key, value: unknown) =>
      // Front ends show the alternative text as text.
      key === "alt" ? undefined : value,
    );
    assert.doesNotMatch(plotly, /<script|<img|<b>/u);
    assert.match(plotly, /&lt;script/u);
    assert.ok(figure["image/png"] !== undefined);
  });

  it("is a table without rows: shown, profiled, as Arrow; a figure of it says that it needs a row", async () => {
    await lab.run('const none = rounds.fromRows([{ a: 1, t: "x" }]).where("false")');
    for (const code of ["none", "await none.profile()", "await none.toArrow()", "await none.rows()"])
      await lab.show(code);
    const { message } = await lab.fail(
      'rounds.barFigure(await none.rows(), { x: "t", y: "a", title: "None" })',
    );
    assert.match(message, /"rows" must be at least one row/u);
  });
});

describe("a wrong query", () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab();
    await lab.run(
      `const papers = rounds.fromRows([{ id: 1, text: "one", year: 1999 }, { id: 2, text: "two", year: 2001 }])`,
    );
  });

  const cases: Readonly<Record<string, { code: string; name: string; message: RegExp }>> = {
    "bad syntax: the query and the place": {
      code: 'await papers.sql("SELECT id, FROM FROM this").rows()',
      name: "QueryError",
      message: /syntax error at or near "FROM"\n\nSELECT id, FROM FROM this\n {16}\^$/u,
    },
    "an unknown column, in line 2: the nearest, all, and the place": {
      code: 'await papers.sql("SELECT id,\\n  yaer\\nFROM this").rows()',
      name: "QueryError",
      message: /no column "yaer".*Did you mean "year"\?.*id, text, year\.\n\nline 2: {3}yaer\n {10}\^$/u,
    },
    "an unknown column of a condition": {
      code: 'await papers.where("yaer > 3").rows()',
      name: "QueryError",
      message: /Did you mean "year"\?/u,
    },
    "an unknown column of a choice": {
      code: 'await papers.select("yaer").rows()',
      name: "QueryError",
      message: /Did you mean "year"\?/u,
    },
    "an unknown table: the right ones": {
      code: 'await papers.sql("SELECT * FROM thiss").rows()',
      name: "QueryError",
      message: /no table "thiss".*this/u,
    },
    "a bracket too many": {
      code: 'await papers.where("year > 3) OR (1=1").rows()',
      name: "QueryError",
      message: /syntax error at or near "\)"/u,
    },
    "two statements": {
      code: 'await papers.sql("SELECT 1; DROP TABLE x").rows()',
      name: "QueryError",
      message: /must be one SELECT, got 2 statements/u,
    },
    nothing: { code: 'await papers.sql(" ").rows()', name: "QueryError", message: /must be one SELECT/u },
    "another statement": {
      code: 'await papers.sql("DROP TABLE x").rows()',
      name: "QueryError",
      message: /must be one SELECT/u,
    },
    "a setting": {
      code: 'await papers.sql("PRAGMA database_list").rows()',
      name: "QueryError",
      message: /must be one SELECT/u,
    },
    "a value that cannot be converted": {
      code: 'await papers.sql("SELECT CAST(text AS INTEGER) FROM this").rows()',
      name: "QueryError",
      message: /Could not convert string 'one'.*\n\nSELECT CAST/su,
    },
    "a parameter too few": {
      code: 'await papers.sql("SELECT ? + ?", [1]).rows()',
      name: "ArgumentError",
      message: /"parameters" must be given a value for \$2/u,
    },
    "a parameter too many": {
      code: 'await papers.where("id = $id", { id: 1, year: 2 }).rows()',
      name: "ArgumentError",
      message: /"parameters" must be only values that the query uses; it has no \$year/u,
    },
    "a parameter of no SQL type": {
      code: 'await papers.where("id = ?", [() => 1]).rows()',
      name: "ArgumentError",
      message: /"parameters\[0\]" must be a string, number/u,
    },
    "a table that is none": {
      code: 'await papers.sql("SELECT * FROM other", [], { tables: { other: [1] } }).rows()',
      name: "ArgumentError",
      message: /"tables\.other" must be a table/u,
    },
    "another table called this": {
      code: 'await papers.sql("SELECT 1", [], { tables: { This: papers } }).rows()',
      name: "ArgumentError",
      message: /"tables" must be without "this"/u,
    },
    "a sample without a seed": {
      code: "papers.sample(1)",
      name: "ArgumentError",
      message: /"seed" must be a text or a whole number/u,
    },
  };
  for (const [kind, { code, name, message }] of Object.entries(cases)) {
    it(`is refused: ${kind}`, async () => {
      const error = await lab.fail(code);
      assert.match(error.message, message);
      assert.equal(error.name, name);
      assert.doesNotMatch(error.traceback, /exception_type/u, "DuckDB's own JSON is not shown");
    });
  }

  it("is no injection: SQL in a parameter, a name or a seed is only text", async () => {
    const attack = `x' OR 1=1; DROP TABLE this; --"`;
    const shown = await lab.show(
      `[await papers.where("text = ?", [${JSON.stringify(attack)}]).count(),
        await papers.sample(1, { seed: ${JSON.stringify(attack)} }).count(), await papers.count()]`,
    );
    assert.equal(shown["text/plain"], "[ 0, 1, 2 ]");
    const { message } = await lab.fail(`await papers.select(${JSON.stringify(attack)}).rows()`);
    assert.match(message, /no column/u);
  });

  it("gives the same name twice: all values are kept, under names of their own", async () => {
    const shown = await lab.show('papers.limit(1).sql("SELECT id, id, year AS id FROM this")');
    assert.match(String(shown["text/plain"]), /id\s+id_1\s+id_2\n.*\n\s*1\s+1\s+1999/u);
  });
});

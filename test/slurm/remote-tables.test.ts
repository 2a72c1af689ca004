/** Parquet files of a cluster, asked over a real ssh server: the query runs there, its rows alone come here. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";

import { approveCluster } from "../../lib/jobs/approve-cluster.ts";
import { openClusterShell, type ClusterShell } from "../../lib/jobs/cluster/cluster-shell.ts";
import { findCluster } from "../../lib/jobs/cluster/clusters-file.ts";
import { ClusterEngine } from "../../lib/jobs/query/cluster-engine.ts";
import { openClusterTable } from "../../lib/jobs/query/open-cluster-table.ts";
import "../../lib/jobs/query/register-remote-tables.ts";
import { fromRows } from "../../lib/table/from-rows.ts";
import { open } from "../../lib/table/open.ts";
import { Relation } from "../../lib/table/relation.ts";
import { sql } from "../../lib/table/sql.ts";
import { venv } from "../../setup/paths.mjs";
import { until } from "../support/until.ts";
import { skipWithoutSlurm, SlurmCluster } from "./slurm-cluster.ts";

const rowCount = 50_000;

describe("tables of a cluster", { skip: skipWithoutSlurm(), timeout: 120_000 }, () => {
  let folder: string;
  let slurm: SlurmCluster;
  let clusters: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "rounds-remote-"));
    mkdirSync(join(folder, "slurm"));
    slurm = await SlurmCluster.start(join(folder, "slurm"), 1, { ssh: true });
    const common = {
      scheduler: "slurm",
      ssh: { host: "loopback", configFile: slurm.sshConfig },
      root: join(folder, "root"),
      nodes: 1,
      gpusPerNode: 0,
      processorsPerNode: 2,
      memoryGibPerNode: 4,
    };
    const within = (path: string) => ({ ...common, environment: { kind: "venv", path } });
    clusters = join(folder, "clusters.json");
    const described = { here: within(venv), bare: within("/usr") };
    writeFileSync(clusters, JSON.stringify({ version: 1, clusters: described }));
    process.env["ROUNDS_CLUSTERS"] = clusters;
    const rows = (part: number) =>
      Array.from({ length: rowCount }, (_, index) => ({
        id: part * rowCount + index,
        source: index % 3 === 0 ? "a" : "b",
        text: `document ${index} `.repeat(8),
      }));
    mkdirSync(join(folder, "data"));
    for (const part of [0, 1])
      await fromRows(rows(part)).writeParquet(join(folder, "data", `${part}.parquet`));
  });

  after(async () => {
    delete process.env["ROUNDS_CLUSTERS"];
    await slurm?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const remote = (path: string) => open(`here:${path}`);

  it("answer as the same files answer here, whatever is asked", async () => {
    const [there, local] = [await remote(`${folder}/data/*.parquet`), await open(`${folder}/data/*.parquet`)];
    assert.deepEqual(await there.columns(), await local.columns());
    assert.equal(await there.count(), 2 * rowCount);
    const question =
      "SELECT source, sum(id) AS ids, count(*) AS n FROM this WHERE id >= $1 GROUP BY ALL ORDER BY 1";
    assert.deepEqual(await there.sql(question, [9]).rows(), await local.sql(question, [9]).rows());
    const page = { limit: 3, offset: rowCount - 1 };
    assert.deepEqual(await there.rows(page), await local.rows(page));
    const { columns } = await there.where("id < 1000").profile();
    assert.deepEqual(columns, (await local.where("id < 1000").profile()).columns);
    const written = await there.limit(2).writeParquet(join(folder, "two.parquet"));
    assert.equal(written.rowCount, 2);
    assert.equal(await (await open(join(folder, "two.parquet"))).count(), 2);
  });

  it("keep types that Parquet has not", async () => {
    const query = sql`SELECT 170141183460469231731687303715884105727::HUGEINT AS huge, INTERVAL 3 MONTH AS span,
      'x'::ENUM('x', 'y') AS kind, '4ac7a9e9-607c-4c8a-84f3-843f0191e3fd'::UUID AS id, TIME '01:02:03' AS clock,
      MAP {'k': 1.25::DECIMAL(9, 3)} AS map, {'deep': [1::UTINYINT, NULL]} AS nested, 'nan'::DOUBLE AS nothing,
      '\\x00\\xFF'::BLOB AS bytes, TIMESTAMP_NS '2020-01-01 00:00:00.000000001' AS fine`;
    const [there, here] = [new Relation(query, [], [], { engine: await engineOf() }), new Relation(query)];
    assert.deepEqual(await there.columns(), await here.columns());
    assert.deepEqual(await there.rows(query), await here.rows(query));
  });

  it("take parameters for what they are here", async () => {
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.integer(),
      fc.double(),
      fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }),
      fc.boolean(),
      fc.date({ noInvalidDate: true, min: new Date("0001-01-01"), max: new Date("9999-12-31") }),
      fc.uint8Array(),
      fc.array(fc.double({ noNaN: true }), { minLength: 1 }),
    );
    const values = fc.sample(value, { numRuns: 100, seed: 7 }).filter((each) => !String(each).includes("\0"));
    const columns = values.map(
      (_, index) => `$${index + 1} AS c${index}, typeof($${index + 1}) AS t${index}`,
    );
    const ask = (table: Awaited<ReturnType<typeof remote>>) =>
      table
        .limit(1)
        .sql(`SELECT ${columns.join(", ")} FROM this`, values)
        .rows();
    assert.deepEqual(
      await ask(await remote(`${folder}/data/0.parquet`)),
      await ask(await open(`${folder}/data/0.parquet`)),
    );
  });

  it("bring the rows asked for and no others", async () => {
    const cluster = await findCluster("here", clusters);
    const shell = await openClusterShell(cluster);
    let bytes = 0;
    const counting: ClusterShell = {
      name: shell.name,
      run: (...call) => shell.run(...call),
      connect: (...call) => shell.connect(...call),
      close: () => shell.close(),
      async *stream(...call) {
        for await (const chunk of shell.stream(...call)) {
          bytes += chunk.length;
          yield chunk;
        }
      },
    };
    const files = `${folder}/data/*.parquet`;
    const relation = new Relation(sql`SELECT * FROM read_parquet(${files})`, [], [], {
      engine: new ClusterEngine(cluster, counting),
    });
    const rows = await relation.rows(sql`SELECT * FROM (${relation.query}) WHERE id = 77`);
    assert.equal(rows.length, 1);
    assert.ok(bytes < 20_000, `${bytes} bytes for one row`);
  });

  it("tell the cluster's errors with the place in the query, and what there is", async () => {
    const table = await remote(`${folder}/data`);
    await assert.rejects(
      table.sql("SELECT surce FROM this").rows(),
      /no column "surce".*Did you mean "source"\?/u,
    );
    await assert.rejects(table.sql("SELECT id FROM this WHERE id / 'x'").rows(), {
      name: "QueryError",
      message: /Could not convert string 'x'[\s\S]*\n {31}\^\n\(on here\)/u,
    });
    await assert.rejects(remote(`${folder}/data/*.pq`), /no file on here matches .*\*\.pq/u);
    await assert.rejects(remote("/etc/passwd.csv"), /"path" must be Parquet/u);
    await assert.rejects(open("her:/data/x.parquet"), /"cluster" must be one of .*did you mean here\?/u);
    await assert.rejects(open("bare:/data/x.parquet"), /bare cannot be asked: its \/usr.* has no DuckDB/u);
    writeFileSync(join(folder, "cut.parquet"), "PAR1");
    await assert.rejects(remote(`${folder}/cut.parquet`), { name: "DataError" });
    const local = fromRows([{ id: 1 }]);
    assert.throws(
      () => table.sql("SELECT * FROM this JOIN other USING (id)", [], { tables: { other: local } }),
      /tables of one machine \(these are of here and this machine\)/u,
    );
  });

  it("are restricted where the files say so or the caller does, and then tell no value", async () => {
    const secret = fromRows([{ name: "patient 7" }], { sensitivity: "restricted" });
    await secret.writeParquet(join(folder, "restricted.parquet"));
    await assert.rejects(remote(`${folder}/restricted.parquet`), /the cluster here is not approved/u);
    await approveCluster("here", { reason: "a test" });
    const table = await remote(`${folder}/restricted.parquet`);
    assert.equal(table.sensitivity, "restricted");
    assert.equal(table.limit(1).sensitivity, "restricted");
    await assert.rejects(table.sql("SELECT name::INTEGER FROM this").rows(), (error: Error) => {
      assert.doesNotMatch(String(error.stack) + JSON.stringify(error), /patient 7/u);
      return true;
    });
    const declared = await open(`here:${folder}/data/0.parquet`, { sensitivity: "restricted" });
    assert.equal(declared.sensitivity, "restricted");
  });

  it("stop what takes too long, gives too much or is interrupted, and leave nothing behind", async () => {
    const endless = "SELECT count(*) FROM range(100000000000) AS r";
    const limited = async (limits: object, question: string) => {
      const relation = await openClusterTable("here", `${folder}/data/0.parquet`, limits);
      return relation.rows(sql`SELECT * FROM (${new Relation(sqlText(question)).query})`);
    };
    await assert.rejects(limited({ seconds: 1 }, endless), /stopped: it took more than 1 s/u);
    await assert.rejects(
      limited({ answerBytes: 1_000_000 }, `SELECT * FROM read_parquet('${folder}/data/*.parquet')`),
      /stopped: its answer has more than 1,000,000 bytes; ask for fewer rows or columns/u,
    );
    const table = await remote(`${folder}/data/0.parquet`);
    const interrupted = table.sql(endless).rows({ signal: AbortSignal.timeout(1500) });
    await assert.rejects(interrupted, { name: "TimeoutError" });
    const cut = table.sql(endless).rows();
    const failed = assert.rejects(cut, { name: "JobError" });
    await until("the query runs", () => queries().length > 0);
    slurm.cutConnections();
    await failed;
    await until("nothing is left", () => queries().length === 0);
    assert.equal(await table.count(), rowCount, "the next question connects again");
  });

  it("put nothing of a query on a command line, however long it is", async () => {
    const cluster = await findCluster("here", clusters);
    const shell = await openClusterShell(cluster);
    const lines: string[] = [];
    const listening: ClusterShell = {
      name: shell.name,
      connect: (...call) => shell.connect(...call),
      close: () => shell.close(),
      run(program, parameters, options) {
        lines.push(parameters.join(" "));
        return shell.run(program, parameters, options);
      },
      stream(program, parameters, options) {
        lines.push(parameters.join(" "));
        return shell.stream(program, parameters, options);
      },
    };
    const engine = new ClusterEngine(cluster, listening);
    const relation = new Relation(sql`SELECT ${"MRN 00482913"} AS sought`, [], [], { engine });
    assert.deepEqual(await relation.rows(relation.query), [{ sought: "MRN 00482913" }]);
    assert.ok(lines.length >= 2);
    for (const word of lines.flatMap((line) => line.split(" ")))
      assert.doesNotMatch(word + Buffer.from(word, "base64").toString(), /00482913/u);
    assert.deepEqual(queries(), []);

    const table = await remote(`${folder}/data/0.parquet`);
    const list = Array.from({ length: 10_000 }, (_, index) => index);
    const [row] = await table
      .sql("SELECT count(*) AS n FROM this WHERE list_contains($1, id)", [list])
      .rows();
    assert.deepEqual(row, { n: 10_000 });
    assert.deepEqual(queries(), []);
  });

  async function engineOf(): Promise<ClusterEngine> {
    const cluster = await findCluster("here", clusters);
    return new ClusterEngine(cluster, await openClusterShell(cluster));
  }

  function queries(): string[] {
    const path = join(folder, "root", "queries");
    return existsSync(path) ? readdirSync(path) : [];
  }
});

function sqlText(text: string) {
  return sql(Object.assign([text], { raw: [text] }));
}

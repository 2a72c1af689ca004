import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterJobRecord } from "../../lib/jobs/cluster/cluster-record.ts";
import type { JobSpec } from "../../lib/jobs/job-spec.ts";
import { showJob } from "../../lib/jobs/list-jobs.ts";
import type { SubmitJobOptions } from "../../lib/jobs/submit-job.ts";
import { projectNode, projectRoot } from "../../setup/paths.mjs";
import { SlurmCluster } from "./slurm-cluster.ts";
import type { ClientRequest } from "./submit-client.ts";

const client = join(projectRoot, "test", "slurm", "submit-client.ts");

/** A Slurm of four nodes, which the clusters "here" and "far" are, and the folders of what is submitted to it. */
export class SubmitPlace {
  #folder = "";
  readonly #clients: ChildProcess[] = [];
  slurm!: SlurmCluster;

  async start(): Promise<void> {
    this.#folder = mkdtempSync(join(tmpdir(), "rounds-submit-"));
    mkdirSync(this.path("slurm"));
    mkdirSync(this.path("work"));
    this.slurm = await SlurmCluster.start(this.path("slurm"), 4, { gpusPerNode: 8, ssh: true });
    process.env["SLURM_CONF"] = this.slurm.environment["SLURM_CONF"];
    const cluster = {
      scheduler: "slurm",
      root: this.path("root"),
      nodes: 4,
      gpusPerNode: 8,
      processorsPerNode: 16,
      memoryGibPerNode: 64,
      environment: { kind: "venv", path: join(projectRoot, ".venv") },
    };
    const ssh = { host: "loopback", configFile: this.slurm.sshConfig };
    const clusters = { here: cluster, far: { ...cluster, ssh } };
    writeFileSync(this.path("clusters.json"), JSON.stringify({ version: 1, clusters }));
  }

  async stop(): Promise<void> {
    for (const process of this.#clients) process.kill("SIGKILL");
    await this.slurm?.stop();
    delete process.env["SLURM_CONF"];
    rmSync(this.#folder, { recursive: true, force: true });
  }

  readonly path = (...names: string[]): string => join(this.#folder, ...names);

  /** A job that leaves a line each time its work is done. */
  readonly request = (token: string, changes: Partial<JobSpec> = {}): JobSpec => {
    const code = this.path("code", token);
    mkdirSync(code, { recursive: true });
    writeFileSync(join(code, "work.sh"), `echo "$SLURM_JOB_ID" >> ${this.path("work", token)}\n`);
    return {
      version: 1,
      name: "work",
      kind: "command",
      command: ["bash", "work.sh"],
      resources: { nodes: 1, gpusPerNode: 0, timeLimitMinutes: 5 },
      restartsMaximum: 0,
      code: { path: code },
      ...changes,
    };
  };

  readonly options = (
    cluster: string,
    token: string,
    more: Partial<SubmitJobOptions> = {},
  ): SubmitJobOptions => ({
    cluster,
    token,
    config: this.path("clusters.json"),
    runs: this.path("runs"),
    ...more,
  });

  /** Submit from a process of its own, that may be killed. */
  readonly startClient = (token: string, changes: Partial<ClientRequest>) => {
    const whole: ClientRequest = {
      spec: this.request(token),
      cluster: "far",
      config: this.path("clusters.json"),
      runs: this.path("runs"),
      token,
      patienceMs: 60_000,
      ...changes,
    };
    const file = this.path(`client-${this.#clients.length}.json`);
    writeFileSync(file, JSON.stringify(whole));
    const child = spawn(projectNode, ["--disable-warning=ExperimentalWarning", client, file], {
      env: this.slurm.environment,
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#clients.push(child);
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => (printed += chunk));
    const ended = once(child, "close").then(([code, signal]) => ({
      signal: signal as string | null,
      code: code as number | null,
      record: printed === "" ? undefined : (JSON.parse(printed) as ClusterJobRecord),
    }));
    return { child, ended };
  };

  /** Once nothing waits or runs any more: each token's work was done one time. */
  readonly assertOnce = async (...tokens: string[]): Promise<void> => {
    await this.slurm.idle(120_000);
    for (const token of tokens) {
      const work = this.path("work", token);
      const lines = existsSync(work) ? readFileSync(work, "utf8") : "";
      assert.equal(lines.split("\n").length - 1, 1, `the work of ${token} was done ${JSON.stringify(lines)}`);
      const { state, evidence } = await showJob(token, { runs: this.path("runs") });
      assert.equal(state, "COMPLETED", evidence);
    }
  };
}

/** A real Slurm of several nodes on this machine's loopback, in a folder of its own, for tests. Needs root. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { listenOnce } from "../../commands/free-port.ts";

const execute = promisify(execFile);

const programs = ["slurmctld", "slurmd", "munged"].map((name) => `/usr/sbin/${name}`);

/** Why no Slurm can be started here, or false. On a CI machine a missing program is a failure, not a reason. */
export function skipWithoutSlurm(): string | false {
  if (process.env["CI"]) return false;
  const missing = programs.find((path) => !existsSync(path));
  if (missing !== undefined) return `${missing} is not on this machine`;
  return process.getuid?.() === 0 ? false : "Slurm's daemons need root";
}

/** Longest wait for an answer of the scheduler: its programs hang when the controller is gone. */
const callTimeoutMs = 10_000;

export class SlurmCluster {
  readonly #folder: string;
  readonly #daemons: ChildProcess[] = [];
  /** For programs that talk to this Slurm. */
  readonly environment: NodeJS.ProcessEnv;

  private constructor(folder: string) {
    this.#folder = folder;
    this.environment = { ...process.env, SLURM_CONF: join(folder, "slurm.conf") };
  }

  /**
   * Start the daemons and wait until every node is idle.
   *
   * @param folder an empty folder; keys, configuration, state and logs go there
   * @param nodes their names are n1, n2, ...; each claims two processors and 4 GB
   */
  static async start(folder: string, nodes: number): Promise<SlurmCluster> {
    const cluster = new SlurmCluster(folder);
    try {
      await cluster.#start(nodes);
    } catch (error) {
      const log = join(folder, "log", "slurmctld.log");
      const tail = existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(-15).join("\n") : "no log";
      await cluster.stop();
      throw new Error(`Slurm did not start:\n${tail}`, { cause: error });
    }
    return cluster;
  }

  async #start(nodes: number): Promise<void> {
    for (const name of ["state", "log", "run", "spool"]) mkdirSync(join(this.#folder, name));
    const path = (...names: string[]) => join(this.#folder, ...names);
    writeFileSync(path("munge.key"), randomBytes(1024), { mode: 0o400 });
    const ports: number[] = [];
    while (ports.length < nodes + 2) {
      const port = await listenOnce(0);
      if (port !== undefined && !ports.includes(port)) ports.push(port);
    }
    writeFileSync(path("slurm.conf"), configuration(this.#folder, ports));
    const socket = path("run", "munge.sock");
    this.#spawn("munged", "/usr/sbin/munged", [
      "--foreground",
      "--force",
      `--key-file=${path("munge.key")}`,
      `--socket=${socket}`,
      `--pid-file=${path("run", "munged.pid")}`,
      `--seed-file=${path("run", "munge.seed")}`,
      `--log-file=${path("log", "munged.log")}`,
    ]);
    await until("munged listens", () => existsSync(socket));
    const configurationFile = ["-D", "-f", path("slurm.conf")];
    this.#spawn("slurmctld", "/usr/sbin/slurmctld", configurationFile);
    for (let node = 1; node <= nodes; node++) {
      this.#spawn(`slurmd-n${node}`, "/usr/sbin/slurmd", [...configurationFile, "-N", `n${node}`]);
    }
    await until("all nodes are idle", async () => {
      const states = await this.call("sinfo", "-h", "-N", "-o", "%T").catch(() => "");
      return states.split("\n").filter((state) => state === "idle").length === nodes;
    });
  }

  /** The kernel ends a daemon whose parent, the test, is gone, however that ended. */
  #spawn(name: string, program: string, parameters: string[]): void {
    const log = openSync(join(this.#folder, "log", `${name}.out`), "w");
    const daemon = spawn("setpriv", ["--pdeathsig", "KILL", program, ...parameters], {
      env: this.environment,
      stdio: ["ignore", log, log],
      detached: true,
    });
    closeSync(log);
    this.#daemons.push(daemon);
  }

  /** What a program of Slurm prints; rejects when it fails or does not answer in time. */
  async call(program: string, ...parameters: string[]): Promise<string> {
    const { stdout } = await execute(program, parameters, {
      env: this.environment,
      timeout: callTimeoutMs,
      killSignal: "SIGKILL",
    });
    return stdout.trim();
  }

  /** The state of every task of every job that the controller remembers, by `job_task`. */
  async states(): Promise<ReadonlyMap<string, string>> {
    const table = await this.call("squeue", "-h", "-r", "-t", "all", "-o", "%i %T");
    const rows = table.split("\n").filter((row) => row !== "");
    return new Map(rows.map((row) => row.split(" ") as [string, string]));
  }

  /** Wait until no job waits or runs. */
  async idle(timeoutMs: number): Promise<void> {
    const ended = /^(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY|BOOT_FAIL|DEADLINE)$/u;
    await until(
      "all jobs have ended",
      async () => [...(await this.states()).values()].every((state) => ended.test(state)),
      timeoutMs,
    );
  }

  /** Stop what was started, last first, by its own process id. */
  async stop(): Promise<void> {
    for (const daemon of this.#daemons.toReversed()) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      const ended = once(daemon, "exit");
      daemon.kill("SIGTERM");
      const kill = setTimeout(() => daemon.kill("SIGKILL"), 3000);
      await ended;
      clearTimeout(kill);
    }
  }
}

async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s until ${what}`);
    await sleep(100);
  }
}

/** No systemd, no control groups, no accounting: what a container allows. */
function configuration(folder: string, [controllerPort, defaultPort, ...nodePorts]: number[]): string {
  const host = hostname().split(".")[0];
  const path = (...names: string[]) => join(folder, ...names);
  const settings = {
    ClusterName: "loopback",
    SlurmctldHost: `${host}(127.0.0.1)`,
    SlurmUser: "root",
    SlurmdUser: "root",
    SlurmctldPort: controllerPort,
    SlurmdPort: defaultPort,
    AuthType: "auth/munge",
    AuthInfo: `socket=${path("run", "munge.sock")},cred_expire=5`,
    StateSaveLocation: path("state"),
    SlurmdSpoolDir: path("spool", "%n"),
    SlurmctldPidFile: path("run", "slurmctld.pid"),
    SlurmdPidFile: path("run", "slurmd.%n.pid"),
    SlurmctldLogFile: path("log", "slurmctld.log"),
    SlurmdLogFile: path("log", "slurmd.%n.log"),
    ProctrackType: "proctrack/linuxproc",
    TaskPlugin: "task/none",
    JobAcctGatherType: "jobacct_gather/none",
    SelectType: "select/cons_tres",
    SelectTypeParameters: "CR_Core_Memory",
    SchedulerType: "sched/backfill",
    SchedulerParameters: "sched_interval=1,bf_interval=1,batch_sched_delay=0,requeue_delay=1",
    DefMemPerCPU: 512,
    SlurmdParameters: "config_overrides",
    ReturnToService: 2,
    SlurmdTimeout: 10,
    SlurmctldTimeout: 10,
    KillWait: 2,
    MinJobAge: 300,
    MailProg: "/bin/true",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const nodes = nodePorts.map(
    (port, index) =>
      `NodeName=n${index + 1} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port} CPUs=2 RealMemory=4096 State=UNKNOWN`,
  );
  const partition = `PartitionName=batch Nodes=n[1-${nodePorts.length}] Default=YES MaxTime=1:00:00 State=UP`;
  return `${[...lines, ...nodes, partition].join("\n")}\n`;
}

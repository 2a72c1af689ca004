/** A real Slurm of several nodes on this machine's loopback, in a folder of its own, for tests. Needs root. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { listenOnce } from "../../commands/free-port.ts";
import { until } from "../support/until.ts";

const execute = promisify(execFile);

const programs = ["slurmctld", "slurmd", "munged", "sshd"].map((name) => `/usr/sbin/${name}`);

/** Why no Slurm can be started here, or false. On a CI machine a missing program is a failure, not a reason. */
export function skipWithoutSlurm(): string | false {
  if (process.env["CI"]) return false;
  const missing = programs.find((path) => !existsSync(path));
  if (missing !== undefined) return `${missing} is not on this machine`;
  return process.getuid?.() === 0 ? false : "Slurm's daemons need root";
}

/** Longest wait for an answer of the scheduler: its programs hang when the controller is gone. */
const callTimeoutMs = 10_000;

export interface SlurmClusterOptions {
  /** Pretended ones; a node that has them claims 16 processors and 64 GB. @default 0 */
  readonly gpusPerNode?: number;
  /** Start an ssh server too: see {@link SlurmCluster.sshConfig}. @default false */
  readonly ssh?: boolean;
  /** Lines of slurm.conf that differ from the fixture's. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

export class SlurmCluster {
  /** Keys, configuration, state and logs. */
  readonly folder: string;
  /** Last started last. */
  readonly #daemons = new Map<string, ChildProcess>();
  readonly #lines = new Map<string, readonly [string, ...string[]]>();
  /** For programs that talk to this Slurm. */
  readonly environment: NodeJS.ProcessEnv;

  private constructor(folder: string) {
    this.folder = folder;
    this.environment = { ...process.env, SLURM_CONF: join(folder, "slurm.conf") };
  }

  /** A configuration for ssh that knows the login node of this cluster as host "loopback". */
  get sshConfig(): string {
    return join(this.folder, "ssh_config");
  }

  /**
   * Start the daemons and wait until every node is idle.
   *
   * @param folder an empty folder; keys, configuration, state and logs go there
   * @param nodes their names are n1, n2, ...; each claims two processors and 4 GB, if it has no GPUs
   */
  static async start(
    folder: string,
    nodes: number,
    options: SlurmClusterOptions = {},
  ): Promise<SlurmCluster> {
    const cluster = new SlurmCluster(folder);
    try {
      await cluster.#start(nodes, options);
    } catch (error) {
      const log = join(folder, "log", "slurmctld.log");
      const tail = existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(-15).join("\n") : "no log";
      await cluster.stop();
      throw new Error(`Slurm did not start:\n${tail}`, { cause: error });
    }
    return cluster;
  }

  async #start(nodes: number, { gpusPerNode = 0, ssh, settings }: SlurmClusterOptions): Promise<void> {
    for (const name of ["state", "log", "run", "spool", "dev"]) mkdirSync(join(this.folder, name));
    const path = (...names: string[]) => join(this.folder, ...names);
    writeFileSync(path("munge.key"), randomBytes(1024), { mode: 0o400 });
    const ports: number[] = [];
    while (ports.length < nodes + 3) {
      const port = await listenOnce(0);
      if (port !== undefined && !ports.includes(port)) ports.push(port);
    }
    const [sshPort, ...slurmPorts] = ports;
    writeFileSync(path("slurm.conf"), configuration(this.folder, slurmPorts, gpusPerNode, settings));
    if (gpusPerNode > 0) await this.#pretendGpus(nodes, gpusPerNode);
    const socket = path("run", "munge.sock");
    this.#spawn("munged", [
      "/usr/sbin/munged",
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
    this.#spawn("slurmctld", ["/usr/sbin/slurmctld", ...configurationFile]);
    for (let node = 1; node <= nodes; node++) {
      this.#spawn(`slurmd-n${node}`, ["/usr/sbin/slurmd", ...configurationFile, "-N", `n${node}`]);
    }
    if (ssh) await this.#startSsh(sshPort!);
    await until("all nodes are idle", async () => {
      const states = await this.call("sinfo", "-h", "-N", "-o", "%T").catch(() => "");
      return states.split("\n").filter((state) => state === "idle").length === nodes;
    });
  }

  /** The null device is as good a GPU as any that nobody computes on. */
  async #pretendGpus(nodes: number, gpusPerNode: number): Promise<void> {
    const lines: string[] = [];
    for (let node = 1; node <= nodes; node++) {
      const device = join(this.folder, "dev", `n${node}-gpu`);
      for (let gpu = 0; gpu < gpusPerNode; gpu++) await execute("mknod", [`${device}${gpu}`, "c", "1", "3"]);
      lines.push(`NodeName=n${node} Name=gpu Type=h100 File=${device}[0-${gpusPerNode - 1}]`);
    }
    writeFileSync(join(this.folder, "gres.conf"), `${lines.join("\n")}\n`);
  }

  async #startSsh(port: number): Promise<void> {
    const path = (name: string) => join(this.folder, name);
    for (const name of ["host_key", "user_key"])
      await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path(name)]);
    const hostKey = readFileSync(path("host_key.pub"), "utf8");
    writeFileSync(path("known_hosts"), `[127.0.0.1]:${port} ${hostKey}`);
    writeFileSync(path("authorized_keys"), readFileSync(path("user_key.pub")));
    chmodSync(path("user_key"), 0o600);
    const server = {
      Port: port,
      ListenAddress: "127.0.0.1",
      HostKey: path("host_key"),
      PidFile: "none",
      AuthorizedKeysFile: path("authorized_keys"),
      StrictModes: "no",
      PasswordAuthentication: "no",
      KbdInteractiveAuthentication: "no",
      UsePAM: "no",
      PermitRootLogin: "prohibit-password",
      MaxStartups: 100,
      // Whatever this machine's user has in a .bashrc is not run for each command.
      SetEnv: `SLURM_CONF=${path("slurm.conf")} HOME=${this.folder}`,
    };
    const client = {
      HostName: "127.0.0.1",
      Port: port,
      User: "root",
      IdentityFile: path("user_key"),
      IdentitiesOnly: "yes",
      UserKnownHostsFile: path("known_hosts"),
      GlobalKnownHostsFile: "/dev/null",
      StrictHostKeyChecking: "yes",
    };
    const text = (settings: object) => Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
    writeFileSync(path("sshd_config"), text(server).join(""));
    writeFileSync(this.sshConfig, `Host loopback\n${text(client).join("")}`);
    mkdirSync("/run/sshd", { recursive: true });
    this.#spawn("sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", path("sshd_config")]);
    const log = join(this.folder, "log", "sshd.out");
    await until("sshd listens", () => readFileSync(log, "utf8").includes("Server listening"));
  }

  /** The kernel ends a daemon whose parent, the test, is gone, however that ended. */
  #spawn(name: string, line: readonly [string, ...string[]]): void {
    const log = openSync(join(this.folder, "log", `${name}.out`), "a");
    const daemon = spawn("setpriv", ["--pdeathsig", "KILL", ...line], {
      env: this.environment,
      stdio: ["ignore", log, log],
      detached: true,
    });
    closeSync(log);
    this.#lines.set(name, line);
    this.#daemons.set(name, daemon);
  }

  /** A daemon that hangs: "munged", "slurmctld", "slurmd-n1", ..., "sshd". */
  stopDaemon(name: string): void {
    this.#daemon(name).kill("SIGSTOP");
  }

  continueDaemon(name: string): void {
    this.#daemon(name).kill("SIGCONT");
  }

  /** A daemon that dies without a word. The steps of a slurmd live on, as they do when only it dies. */
  async killDaemon(name: string): Promise<void> {
    const daemon = this.#daemon(name);
    const ended = once(daemon, "exit");
    daemon.kill("SIGKILL");
    await ended;
  }

  /** Start a daemon again that was killed. */
  startDaemon(name: string): void {
    this.#spawn(name, this.#lines.get(name)!);
  }

  #daemon(name: string): ChildProcess {
    const daemon = this.#daemons.get(name);
    if (daemon === undefined)
      throw new Error(`no daemon ${name}; there are ${[...this.#daemons.keys()].join(", ")}`);
    return daemon;
  }

  /** Break every ssh connection that is open now, without a word to either side's programs. */
  cutConnections(): void {
    const { pid } = this.#daemon("sshd");
    const path = `/proc/${pid}/task/${pid}/children`;
    const sessions = existsSync(path) ? readFileSync(path, "latin1").split(" ").filter(Boolean) : [];
    for (const session of sessions) killIfThere(Number(session));
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

  /**
   * Stop what was started, last first, by its own process id; then what jobs left behind, until nothing is left.
   *
   * @throws {Error} a process lives on that cannot be killed
   */
  async stop(): Promise<void> {
    if (this.#daemons.has("sshd")) this.cutConnections();
    for (const daemon of [...this.#daemons.values()].toReversed()) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      const ended = once(daemon, "exit");
      daemon.kill("SIGTERM");
      daemon.kill("SIGCONT");
      const kill = setTimeout(() => daemon.kill("SIGKILL"), 3000);
      await ended;
      clearTimeout(kill);
    }
    // One that is being started while the others are read is found by the next look.
    let isClear = false;
    await until("nothing of this Slurm is left", () => {
      const left = this.processes();
      for (const pid of left) killIfThere(pid);
      const wasClear = isClear;
      isClear = left.length === 0;
      return wasClear && isClear;
    });
  }

  /**
   * Every process of this very Slurm and of its jobs but this one: they have its configuration in their environment, or
   * a file of its folder open (a step's daemon writes its title over its environment).
   */
  processes(): number[] {
    const mark = `SLURM_CONF=${this.environment["SLURM_CONF"]}\0`;
    const pids = readdirSync("/proc").filter((name) => /^\d+$/u.test(name));
    return pids.map(Number).filter((pid) => pid !== process.pid && this.#isOwn(pid, mark));
  }

  #isOwn(pid: number, mark: string): boolean {
    try {
      if (readFileSync(`/proc/${pid}/environ`, "latin1").includes(mark)) return true;
      return readdirSync(`/proc/${pid}/fd`).some((descriptor) => {
        try {
          return readlinkSync(`/proc/${pid}/fd/${descriptor}`).startsWith(`${this.folder}/`);
        } catch {
          return false; // Closed meanwhile.
        }
      });
    } catch {
      return false; // It has ended meanwhile.
    }
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** No systemd, no control groups, no accounting: what a container allows. */
function configuration(
  folder: string,
  [controllerPort, defaultPort, ...nodePorts]: number[],
  gpusPerNode: number,
  changed: SlurmClusterOptions["settings"],
): string {
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
    ...(gpusPerNode > 0 && { GresTypes: "gpu" }),
    ...changed,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const claims =
    gpusPerNode > 0 ? `CPUs=16 RealMemory=65536 Gres=gpu:h100:${gpusPerNode}` : "CPUs=2 RealMemory=4096";
  const nodes = nodePorts.map(
    (port, index) =>
      `NodeName=n${index + 1} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port} ${claims} State=UNKNOWN`,
  );
  const partition = `PartitionName=batch Nodes=n[1-${nodePorts.length}] Default=YES MaxTime=1:00:00 State=UP`;
  return `${[...lines, ...nodes, partition].join("\n")}\n`;
}

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

import { JobError } from "../../core/errors.ts";
import { booleanOption, callbackOption, checkOptions, objectOption, textOption } from "../../core/options.ts";
import { openClusterShell, type ClusterShell } from "../cluster/cluster-shell.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { clustersFile, findCluster } from "../cluster/clusters-file.ts";
import { inEnvironment } from "../cluster/in-environment.ts";
import { remoteText } from "../cluster/remote-text.ts";
import { askCluster, type Partition } from "../plan/cluster-facts.ts";
import { bringNode, bringNpmPackages, bringWheels } from "./bring-tools.ts";

const script = readFileSync(new URL("check-login-node.sh", import.meta.url), "utf8");

/** One thing that was looked at; unchecked is what could not be, with the reason. */
export interface SetupCheck {
  readonly name: string;
  readonly outcome: "ok" | "failed" | "unchecked";
  readonly detail: string;
}

export interface SetUpClusterOptions {
  /** The clusters file. @default the environment's ROUNDS_CLUSTERS, else clusters.json of the project */
  readonly config?: string;
  /** Bring this machine's Node there, to `tools/node` of the root. @default false */
  readonly node?: boolean;
  /** Bring the project's npm packages there, to `node_modules` of the root, where all code there finds them. @default false */
  readonly packages?: boolean;
  /** A folder of Python wheels: brought to `tools/wheels`, and into the environment if that is a venv. */
  readonly wheels?: string;
  /** Told of each check as it is made. */
  readonly onCheck?: (check: SetupCheck) => void;
  readonly signal?: AbortSignal;
}

const rules = {
  config: textOption(undefined),
  node: booleanOption(false),
  packages: booleanOption(false),
  wheels: textOption(undefined),
  onCheck: callbackOption<(check: SetupCheck) => void>(),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Check a cluster of the clusters file, all that jobs on it need, and bring there what is asked for. Safe to repeat.
 *
 * @returns every check, also of what is well
 * @throws {ArgumentError} no cluster of this name; the nearest is named
 *
 * @example
 * const checks = await setUpCluster("h100", { node: true });
 * checks.filter(({ outcome }) => outcome === "failed");
 */
export async function setUpCluster(name: string, options: SetUpClusterOptions = {}): Promise<SetupCheck[]> {
  const { config, node, packages, wheels, onCheck, signal } = checkOptions(options, rules);
  const cluster = await findCluster(name, clustersFile(config));
  const shell = await openClusterShell(cluster);
  const checks: SetupCheck[] = [];
  const tell = (check: SetupCheck): void => {
    checks.push(check);
    onCheck?.(check);
  };
  try {
    for (const check of await checkLoginNode(shell, cluster, signal)) tell(check);
    if (checks.some(({ outcome }) => outcome === "failed")) return checks;
    const architecture = checks.find(({ name: each }) => each === "architecture")!.detail;
    tell(await checkDescription(shell, cluster, signal));
    if (node) tell(await bringNode(shell, cluster, architecture));
    if (packages) tell(await bringNpmPackages(shell, cluster, architecture));
    if (wheels !== undefined) tell(await bringWheels(shell, cluster, wheels));
    for (const check of await checkComputeNode(shell, cluster, signal)) tell(check);
    return checks;
  } finally {
    await shell.close();
  }
}

async function checkLoginNode(
  shell: ClusterShell,
  { root, ssh, secretsFile }: Cluster,
  signal: AbortSignal | undefined,
): Promise<SetupCheck[]> {
  const parameters = [root, ...(secretsFile === undefined ? [] : [secretsFile])];
  const { stdout, stderr } = await shell.run("bash", ["-c", script, "rounds", ...parameters], {
    ...(signal && { signal }),
  });
  const lines = stdout.split("\n").filter((line) => line.startsWith("rounds-setup "));
  const checks = lines.map((line): SetupCheck => {
    const [, name = "", outcome, ...detail] = line.split(" ");
    const known = outcome === "ok" || outcome === "failed" ? outcome : "unchecked";
    return { name, outcome: known, detail: remoteText(detail.join(" ")) };
  });
  if (checks.at(-1)?.name !== "end")
    return [{ name: "connection", outcome: "failed", detail: connectionAdvice(ssh?.host, stderr) }];
  const reached = ssh === undefined ? "this machine is the login node" : `ssh ${ssh.host}`;
  return [{ name: "connection", outcome: "ok", detail: reached }, ...checks.slice(0, -1)];
}

function connectionAdvice(host: string | undefined, stderr: string): string {
  const said = remoteText(stderr);
  const advice = [
    [
      /Host key verification failed|no matching host key/u,
      `connect once by hand, ssh ${host}, and compare its key`,
    ],
    [
      /IDENTIFICATION HAS CHANGED/u,
      "its key is another than before: ask those who run it, before anything else",
    ],
    [
      /Permission denied/u,
      `it must let you in without typing: try ssh -o BatchMode=yes ${host}; an agent helps (ssh-add)`,
    ],
    [/Could not resolve/u, "is its name right, and does it need a VPN or ProxyJump of your ~/.ssh/config?"],
  ] as const;
  const found = advice.find(([pattern]) => pattern.test(stderr))?.[1];
  return found === undefined ? said || "no answer" : `${said}: ${found}`;
}

/** That the clusters file promises no more than the scheduler has. */
async function checkDescription(
  shell: ClusterShell,
  cluster: Cluster,
  signal: AbortSignal | undefined,
): Promise<SetupCheck> {
  const questions = { paths: [], manifests: [], jobs: [], array: false };
  let partitions: readonly Partition[];
  try {
    ({ partitions } = await askCluster(shell, cluster.root, questions, signal));
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    return { name: "description", outcome: "failed", detail: error.message };
  }
  const names = [...new Set(partitions.map(({ name }) => name))].join(", ");
  const groups = partitions.filter(({ name, isDefault }) =>
    cluster.partition === undefined ? isDefault : name === cluster.partition,
  );
  const fitting = groups.filter(
    ({ gpus, processors, memoryMib }) =>
      gpus >= cluster.gpusPerNode &&
      processors >= cluster.processorsPerNode &&
      memoryMib >= cluster.memoryGibPerNode * 1024,
  );
  const nodes = fitting.reduce((sum, group) => sum + group.nodes, 0);
  const outcome = nodes >= cluster.nodes ? "ok" : "failed";
  const which = cluster.partition ?? "the default partition";
  const detail = `${which} has ${nodes} of the ${cluster.nodes} nodes as the clusters file describes them; partitions: ${names}`;
  return { name: "description", outcome, detail };
}

/** A job of a minute: that its node sees the root, and what Python and PyTorch it finds. */
async function checkComputeNode(
  shell: ClusterShell,
  cluster: Cluster,
  signal: AbortSignal | undefined,
): Promise<SetupCheck[]> {
  const mark = randomBytes(8).toString("hex");
  const marker = `${cluster.root}/.rounds-setup`;
  await shell.run("bash", ["-c", 'printf %s "$1" > "$2"', "rounds", mark, marker]);
  const ask =
    "import sys, torch; print('rounds-python', sys.version.split()[0], torch.__version__, torch.cuda.device_count())";
  const { stepOptions, words } = inEnvironment(cluster, ["python3", "-c", ask]);
  const { partition, account, qos, gpusPerNode } = cluster;
  const asked = { partition, account, qos, gres: gpusPerNode > 0 ? "gpu:1" : undefined };
  const options = Object.entries(asked).flatMap(([name, value]) => (value ? [`--${name}=${value}`] : []));
  const look = 'printf "rounds-marker %s\\n" "$(cat "$1")"; shift; "$@"';
  const { stdout, stderr } = await shell.run(
    "srun",
    ["--immediate=60", "--nodes=1", "--ntasks=1", "--time=5", "--mpi=none", "--job-name=setup", "--chdir=/"]
      .concat(options, stepOptions)
      .concat(["bash", "-c", look, "rounds", marker, "bash"], words),
    { timeoutMs: 300_000, ...(signal && { signal }) },
  );
  if (!stdout.includes("rounds-marker")) {
    const detail = `no job ran on a node within a minute: ${remoteText(stderr)}`;
    return ["shared file system", "python"].map((name) => ({ name, outcome: "unchecked", detail }));
  }
  const isShared = stdout.includes(`rounds-marker ${mark}`);
  const [, python, torch, gpus] = /^rounds-python (\S+) (\S+) (\d+)$/mu.exec(stdout) ?? [];
  return [
    {
      name: "shared file system",
      outcome: isShared ? "ok" : "failed",
      detail: isShared
        ? "a node sees what is written here"
        : `a node does not see ${cluster.root} as it is here`,
    },
    torch === undefined
      ? { name: "python", outcome: "failed", detail: remoteText(stderr) || "no PyTorch in the environment" }
      : {
          name: "python",
          outcome: "ok",
          detail: `Python ${remoteText(python!, 40)}, PyTorch ${remoteText(torch, 40)}, ${gpus} GPUs seen by a job that asked for ${gpusPerNode > 0 ? 1 : 0}`,
        },
  ];
}

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

import { JobError } from "../../core/errors.ts";
import type { ClusterShell } from "../cluster/cluster-shell.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { remoteText } from "../cluster/remote-text.ts";
import { clusterPackageFolder } from "../cluster/run-files.ts";
import { packCode } from "../package/pack-code.ts";
import { uploadPackage } from "../package/upload-package.ts";
import { projectRoot } from "../project.ts";
import type { SetupCheck } from "./set-up-cluster.ts";

/** As `uname` says it, of what this machine's programs run on. */
const architectures: Readonly<Record<string, string>> = { x64: "Linux-x86_64", arm64: "Linux-aarch64" };

/** This machine's Node, where the cluster is of the same kind. */
export async function bringNode(
  shell: ClusterShell,
  cluster: Cluster,
  architecture: string,
): Promise<SetupCheck> {
  const name = "node";
  const other = otherArchitecture(architecture);
  if (other !== undefined) return { name, outcome: "failed", detail: other };
  const folder = dirname(process.execPath);
  const link = `${cluster.root}/tools/node`;
  await bring(shell, cluster, { folder, paths: [basename(process.execPath)], link });
  const { exitCode, stdout, stderr } = await shell.run(`${link}/${basename(process.execPath)}`, [
    "--version",
  ]);
  if (exitCode === 0) return { name, outcome: "ok", detail: `${link}/node ${remoteText(stdout, 20)}` };
  return { name, outcome: "failed", detail: remoteText(stderr) };
}

/** Node looks for packages in every folder above the code: one of the root serves all packages of code there. */
export async function bringNpmPackages(
  shell: ClusterShell,
  cluster: Cluster,
  architecture: string,
): Promise<SetupCheck> {
  const name = "packages";
  const other = otherArchitecture(architecture);
  if (other !== undefined) return { name, outcome: "failed", detail: other };
  const link = `${cluster.root}/node_modules`;
  const files = await bring(shell, cluster, { folder: join(projectRoot, "node_modules"), link });
  return { name, outcome: "ok", detail: `${link}: ${files} files` };
}

/** Wheels, and their contents in the environment where that is a venv. */
export async function bringWheels(
  shell: ClusterShell,
  cluster: Cluster,
  wheels: string,
): Promise<SetupCheck> {
  const name = "wheels";
  const folder = resolve(wheels);
  const paths = (await readdir(folder)).filter((path) => path.endsWith(".whl")).toSorted();
  if (paths.length === 0) return { name, outcome: "failed", detail: `${folder} holds no wheels` };
  const link = `${cluster.root}/tools/wheels`;
  await bring(shell, cluster, { folder, paths, link });
  if (cluster.environment.kind !== "venv")
    return { name, outcome: "ok", detail: `${link}: ${paths.length} wheels` };
  const { path } = cluster.environment;
  const install = `set -e; [ -x "$1/bin/python" ] || python3 -m venv "$1"
"$1/bin/python" -m pip install --quiet --no-index --find-links "$2" "$2"/*.whl`;
  const { exitCode, stderr } = await shell.run("bash", ["-c", install, "rounds", path, link], {
    timeoutMs: 1_800_000,
  });
  if (exitCode === 0) return { name, outcome: "ok", detail: `${paths.length} wheels are in ${path}` };
  return { name, outcome: "failed", detail: remoteText(stderr.trim().split("\n").at(-1) ?? "") };
}

function otherArchitecture(architecture: string): string | undefined {
  const own = process.platform === "linux" ? architectures[process.arch] : undefined;
  if (own === architecture) return undefined;
  return `the cluster is ${architecture}, this machine ${process.platform}-${process.arch}: bring it from a machine of that kind`;
}

/** A folder's files as a package of the cluster, with a name that stays. */
async function bring(
  shell: ClusterShell,
  { root }: Cluster,
  from: { readonly folder: string; readonly paths?: readonly string[]; readonly link: string },
): Promise<number> {
  const packages = await mkdtemp(join(tmpdir(), "rounds-tools-"));
  try {
    const paths = from.paths ?? (await filesOf(from.folder));
    const packed = await packCode(from.folder, { paths }, packages, { fileBytes: Infinity, bytes: Infinity });
    await uploadPackage(shell, root, packed);
    const script = 'mkdir -p "$(dirname "$2")" && ln -sfn "$1" "$2.new" && mv -fT "$2.new" "$2"';
    const place = clusterPackageFolder({ root }, packed.sha256);
    const { exitCode, stderr } = await shell.run("bash", ["-c", script, "rounds", place, from.link]);
    if (exitCode === 0) return packed.files;
    throw new JobError(`${from.link} cannot be made: ${remoteText(stderr)}`, {
      jobId: "setup",
      state: "FAILED",
    });
  } finally {
    await rm(packages, { recursive: true, force: true });
  }
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.length + 1))
    .filter((path) => !path.startsWith(".cache/"))
    .toSorted();
}

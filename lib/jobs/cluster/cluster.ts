/** A Slurm cluster as the clusters file describes it: where it is, what it has, and what its jobs run in. */
export interface Cluster {
  /** What people call it: `--cluster NAME`. */
  readonly name: string;
  readonly scheduler: "slurm";
  /** How its login node is reached; absent where this machine is the login node. */
  readonly ssh?: ClusterSsh;
  /** Absolute folder on the file system that all its nodes share; packages and runs lie there. */
  readonly root: string;
  /** Left out, the scheduler's default. */
  readonly partition?: string;
  readonly account?: string;
  readonly qos?: string;
  readonly nodes: number;
  readonly gpusPerNode: number;
  readonly processorsPerNode: number;
  readonly memoryGibPerNode: number;
  /** Longest time limit of one job, in hours; left out, what the partition says. */
  readonly hoursLimit?: number;
  readonly environment: ClusterEnvironment;
  /** Exported in every job: what the site needs, such as NCCL_SOCKET_IFNAME. No secrets. */
  readonly variables?: Readonly<Record<string, string>>;
  /** A file on the cluster, readable by its owner alone, that every job sources; what it sets never comes here. */
  readonly secretsFile?: string;
  /** A folder on the cluster put in front of PATH: where Slurm's programs are, if a plain shell does not find them. */
  readonly programsFolder?: string;
  /** What plans compute with; left out, they leave out what needs it. */
  readonly hardware?: ClusterHardware;
  /** Left out, plans name no money. */
  readonly price?: ClusterPrice;
}

export interface ClusterHardware {
  /** Memory of one GPU, in GiB. */
  readonly gpuMemoryGiB: number;
  /** Peak of one GPU in bfloat16, dense, in 10¹² FLOP/s, from its data sheet. */
  readonly peakTeraflops?: number;
  /** What the network cards of one node move together, in 10⁹ bytes a second. */
  readonly networkGigabytesPerSecond?: number;
  /** What a job writes to the shared file system, in 10⁹ bytes a second. */
  readonly writeGigabytesPerSecond?: number;
}

export interface ClusterPrice {
  /** Of one GPU for one hour. */
  readonly perGpuHour: number;
  /** As it is shown: "USD". */
  readonly currency: string;
}

export interface ClusterSsh {
  /** As one types it after `ssh`: a name of the ssh configuration, or user@host. */
  readonly host: string;
  /** Left out, the user's own ~/.ssh/config. */
  readonly configFile?: string;
}

/** Where a job finds Python with PyTorch; paths are the cluster's. */
export type ClusterEnvironment =
  | { readonly kind: "venv"; readonly path: string }
  | { readonly kind: "modules"; readonly modules: readonly string[]; readonly venv?: string }
  | { readonly kind: "pyxis"; readonly image: string; readonly mounts?: readonly string[] }
  | { readonly kind: "apptainer"; readonly image: string; readonly mounts?: readonly string[] };

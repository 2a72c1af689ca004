import { finalStates } from "../job.ts";
import {
  changedRecord,
  clusterOf,
  readClusterRecord,
  writeObservedRecord,
  writeRecordDurably,
  type ClusterJobRecord,
} from "./cluster-record.ts";
import { openClusterShell } from "./cluster-shell.ts";
import type { Cluster } from "./cluster.ts";
import { concludeState } from "./conclude-state.ts";
import { observeJobs } from "./observe-jobs.ts";
import { deliver, isUndelivered } from "./outbox.ts";

/** How long one look tries to deliver what is undelivered. */
const deliverPatienceMs = 5_000;

interface Known {
  readonly folder: string;
  readonly record: ClusterJobRecord;
}

/**
 * Look at any number of jobs, and write down what was seen: one call of the scheduler for each cluster.
 *
 * A submission that was cut off is delivered first; where that does not succeed now its record says why.
 */
export async function refreshJobs(
  folders: readonly string[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<readonly ClusterJobRecord[]> {
  const known = await Promise.all(
    folders.map(async (folder): Promise<Known> => {
      const record = await readClusterRecord(folder);
      return { folder, record: isUndelivered(record) ? await delivered(folder, record, options) : record };
    }),
  );
  const groups = Map.groupBy(
    known.filter(({ record }) => !isUndelivered(record) && !finalStates.has(record.state)),
    ({ record }) => JSON.stringify([record.cluster, record.clustersFile]),
  );
  const seen = await Promise.all([...groups.values()].map((group) => look(group, options)));
  const changed = new Map(seen.flat().map(({ folder, record }) => [folder, record]));
  return known.map(({ folder, record }) => changed.get(folder) ?? record);
}

async function delivered(
  folder: string,
  record: ClusterJobRecord,
  options: { readonly signal?: AbortSignal },
): Promise<ClusterJobRecord> {
  try {
    return await deliver(folder, { patienceMs: deliverPatienceMs, ...options });
  } catch (error) {
    options.signal?.throwIfAborted();
    return { ...record, evidence: `not delivered yet: ${(error as Error).message}` };
  }
}

async function look(
  group: readonly Known[],
  { signal }: { readonly signal?: AbortSignal },
): Promise<readonly Known[]> {
  let cluster: Cluster;
  try {
    cluster = await clusterOf(group[0]!.record);
  } catch (error) {
    // Of one cluster that is not described any more the others' jobs know nothing.
    const evidence = `it cannot be asked: ${(error as Error).message}`;
    return group.map(({ folder, record }) => ({ folder, record: { ...record, state: "UNKNOWN", evidence } }));
  }
  const shell = await openClusterShell(cluster);
  try {
    const ids = group.map(({ record }) => record.runId);
    const sightings = await observeJobs(shell, cluster.root, ids, signal);
    return await Promise.all(
      group.map(async ({ folder, record }) => {
        const sighting = sightings.get(record.runId)!;
        const { state, evidence } = concludeState(record, sighting);
        const slurmJobId = sighting.claim ?? record.slurmJobId;
        const change = { state, evidence, attempts: Math.max(record.attempts, sighting.attempts) };
        const next = changedRecord(record, { ...change, ...(slurmJobId !== null && { slurmJobId }) });
        if (isSame(record, next)) return { folder, record };
        await (finalStates.has(state) ? writeRecordDurably : writeObservedRecord)(folder, next);
        return { folder, record: next };
      }),
    );
  } finally {
    await shell.close();
  }
}

function isSame(left: ClusterJobRecord, right: ClusterJobRecord): boolean {
  return (
    left.state === right.state &&
    left.evidence === right.evidence &&
    left.attempts === right.attempts &&
    left.slurmJobId === right.slurmJobId
  );
}

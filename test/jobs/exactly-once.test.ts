/** The script that submits, against a scheduler that loses answers, lands late, forgets and fails. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  array,
  assert as assertProperty,
  asyncProperty,
  constantFrom,
  oneof,
  record,
  type Arbitrary,
} from "fast-check";
import { LocalShell } from "../../lib/jobs/cluster/local-shell.ts";
import { sendOnce, type SendOutcome } from "../../lib/jobs/slurm/send-once.ts";
import { projectRoot } from "../../setup/paths.mjs";

const isLinux = process.platform === "linux";

/** What happens between one call of sbatch and its answer. */
const mishaps = [
  "none",
  "answer lost",
  "lands late",
  "never lands",
  "refused",
  "killed before",
  "killed after",
] as const;
const events = [
  "late one lands",
  "jobs run",
  "scheduler forgets",
  "squeue fails",
  "squeue hangs up",
] as const;
type Step = { readonly submit: (typeof mishaps)[number] } | { readonly event: (typeof events)[number] };

const step: Arbitrary<Step> = oneof(
  record({ submit: constantFrom(...mishaps) }),
  record({ event: constantFrom(...events) }),
);

describe("submission exactly once", { skip: isLinux ? false : "the scripts are for Linux" }, () => {
  it("does the work once, in any order of mishaps, replays and restarts", async () => {
    await assertProperty(
      asyncProperty(array(step, { minLength: 1, maxLength: 7 }), async (steps) => {
        const world = new World();
        try {
          for (const each of steps)
            await ("submit" in each ? world.submit(each.submit) : world.happen(each.event));
          assert.ok(world.works() <= 1, `worked ${world.works()} times`);
          // Whatever came before: the next try whose answer arrives knows the job.
          assert.equal((await world.submit("none")).kind, "submitted");
          for (const event of ["late one lands", "jobs run", "jobs run"] as const) await world.happen(event);
          assert.equal(world.works(), 1);
          // The look-up finds a job that is there; only one that landed after it can be a second one.
          const late = steps.filter((each) => "submit" in each && each.submit === "lands late").length;
          assert.ok(world.jobs() <= 1 + late, `${world.jobs()} jobs`);
        } finally {
          world.end();
        }
      }),
      { numRuns: 25, seed: 7, endOnFailure: true },
    );
  });

  it("names the job that works, though another one of the same token landed later", async () => {
    const world = new World();
    try {
      assert.equal((await world.submit("lands late")).kind, "unknown");
      const second = await world.submit("none");
      await world.happen("late one lands");
      await world.happen("jobs run");
      assert.deepEqual(second, {
        kind: "submitted",
        slurmJobId: "2",
        evidence: "sbatch answered with job 2",
      });
      assert.equal(world.claim(), "1");
      assert.equal(world.works(), 1);
    } finally {
      world.end();
    }
  });
});

/** A cluster's folder, and programs in place of Slurm's whose answers are made here. */
class World {
  readonly #folder = mkdtempSync(join(tmpdir(), "rounds-once-"));
  readonly #root = join(this.#folder, "root");
  readonly #shell = new LocalShell({ name: "test", programsFolder: this.#folder });

  constructor() {
    mkdirSync(join(this.#root, "packages", "code"), { recursive: true });
    for (const name of ["root/packages/code/COMPLETE", "landed", "late", "rejected", "ever"])
      this.#write(name, "");
    this.#write("next", "0");
    this.#program("sacct", 'echo "Slurm accounting storage is disabled" >&2; exit 1');
    this.#program("squeue", this.#squeue);
    this.#program(
      "sbatch",
      `id=$(($(cat next) + 1)); echo $id > next
lost="sbatch: error: Batch job submission failed: Socket timed out on send/recv operation"
# The script that called: it, its subshell and timeout.
die() { kill -9 $(awk '{print $4}' /proc/$(awk '{print $4}' /proc/$PPID/stat)/stat) $(awk '{print $4}' /proc/$PPID/stat) $PPID; }
case $(cat mishap) in
none) echo $id | tee -a ever >> landed; echo $id ;;
"answer lost") echo $id | tee -a ever >> landed; echo "$lost" >&2; exit 1 ;;
"lands late") echo $id | tee -a ever >> late; echo "$lost" >&2; exit 1 ;;
"never lands") echo "$lost" >&2; exit 1 ;;
refused) echo $id >> rejected; echo "sbatch: error: Batch job submission failed: Requested node configuration is not available" >&2; exit 1 ;;
"killed before") die ;;
"killed after") echo $id | tee -a ever >> landed; die ;;
esac`,
    );
  }

  get #squeue(): string {
    const place = join(this.#root, "runs", "token");
    return `for id in $(cat rejected); do echo "$id|FAILED|BadConstraints|${place}"; done
for id in $(cat landed); do echo "$id|PENDING|None|${place}"; done`;
  }

  submit(mishap: (typeof mishaps)[number]): Promise<SendOutcome> {
    this.#write("mishap", mishap);
    return sendOnce(this.#shell, {
      id: "token",
      root: this.#root,
      specFingerprint: "f1",
      packageSha256: "code",
      dependsOn: [],
      files: { "job.sbatch": "#!/bin/bash\n", "spec.json": "{}" },
    });
  }

  async happen(event: (typeof events)[number]): Promise<void> {
    switch (event) {
      case "late one lands":
        appendFileSync(join(this.#folder, "landed"), this.#read("late"));
        return this.#write("late", "");
      case "jobs run":
        // Singleton: one after the other, the oldest first; a requeued one runs again.
        for (const id of this.#read("landed").split("\n").filter(Boolean).toSorted()) await this.#runJob(id);
        return undefined;
      case "scheduler forgets":
        // Only of jobs that have ended.
        return existsSync(this.#claimPath) ? this.#write("landed", "") : undefined;
      case "squeue fails":
      case "squeue hangs up":
        this.#program("squeue", event === "squeue fails" ? "echo error >&2; exit 1" : "kill -9 $$");
        await this.submit("none");
        return this.#program("squeue", this.#squeue);
    }
  }

  /** As the batch script begins; the line is the work. */
  async #runJob(id: string): Promise<void> {
    const body = readFileSync(join(projectRoot, "lib", "jobs", "slurm", "run-job.sh"), "utf8");
    const claims = /^claims_the_run\(\) \{\n[\s\S]+?\n\}$/mu.exec(body)?.[0] ?? assert.fail("no claim");
    const script = `note() { :; }\nrun_folder=${join(this.#root, "runs", "token")}\nSLURM_JOB_ID=${id}\n${claims}
claims_the_run && echo ${id} >> ${join(this.#folder, "work")}`;
    await this.#shell.run("bash", ["-c", script]);
  }

  /** Jobs that worked: one that works again after a restart is one. */
  works(): number {
    const path = join(this.#folder, "work");
    return existsSync(path) ? new Set(readFileSync(path, "utf8").trim().split("\n")).size : 0;
  }

  /** Jobs that the scheduler ever had. */
  jobs(): number {
    return this.#read("ever").split("\n").filter(Boolean).length;
  }

  claim(): string {
    return readFileSync(this.#claimPath, "utf8").trim();
  }

  end(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #claimPath(): string {
    return join(this.#root, "runs", "token", "claim");
  }

  #read(name: string): string {
    return readFileSync(join(this.#folder, name), "utf8");
  }

  #write(name: string, text: string): void {
    writeFileSync(join(this.#folder, name), text);
  }

  #program(name: string, script: string): void {
    writeFileSync(join(this.#folder, name), `#!/bin/bash\ncd ${this.#folder}\n${script}\n`, { mode: 0o755 });
  }
}

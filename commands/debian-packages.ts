import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { failWith } from "./command-line.ts";

/** Programs that tests drive, and the Debian packages that hold them. */
const needed = [
  { program: "/usr/bin/chromium", packages: ["chromium", "fonts-dejavu-core"] },
  { program: "/usr/bin/pdftotext", packages: ["poppler-utils"] },
  { program: "/usr/sbin/slurmctld", packages: ["slurmctld", "slurmd", "slurm-client", "munge"] },
  { program: "/usr/sbin/sshd", packages: ["openssh-server", "openssh-client"] },
];

/**
 * On a CI machine (the variable CI is set, root, Debian) install what tests drive; elsewhere install nothing
 * outside the project: those tests skip with their reason.
 */
export async function debianPackages(): Promise<void> {
  const missing = needed.filter(({ program }) => !existsSync(program)).flatMap(({ packages }) => packages);
  if (missing.length === 0 || !process.env["CI"] || process.getuid?.() !== 0) return;
  process.stdout.write(`Installing Debian packages: ${missing.join(", ")} ...\n`);
  apt(["update"]);
  apt(["install", "--yes", "--no-install-recommends", ...missing]);
}

function apt(parameters: string[]): void {
  const result = spawnSync("apt-get", ["-qq", "-o", "Acquire::Retries=3", ...parameters], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    encoding: "utf8",
    timeout: 900_000,
  });
  if (result.status !== 0) {
    failWith(`apt-get ${parameters.join(" ")} failed:\n${result.stderr || result.error?.message}`);
  }
}

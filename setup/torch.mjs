import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stateDirectory, venvPython } from "./paths.mjs";
import { runStep, SetupError } from "./run-step.mjs";

export const torchVersion = "2.13.0";
/** On disk, of the build without CUDA. */
export const torchMegabytes = 800;
const cudaMegabytes = 7000;

/** PyTorch publishes none for Intel Macs. */
export const hasTorchBuild = !(process.platform === "darwin" && process.arch === "x64");

/**
 * Install PyTorch into .venv by a pip call of its own, without hashes: which build it is depends on the indexes
 * that pip was given, so pip is asked before anything large is fetched, and the size is said.
 *
 * @param {(megabytes: number) => void} checkFreeSpace throws when the disk has less
 */
export async function installTorch(checkFreeSpace) {
  if (!hasTorchBuild) {
    throw new SetupError(
      "PyTorch has no build for Intel Macs; training needs Linux or an Apple-silicon Mac.",
    );
  }
  const packages = await plannedPackages();
  if (packages.length === 0) return;
  const hasCuda = packages.some(({ name }) => /^(nvidia-|cuda-|triton)/.test(name));
  checkFreeSpace(hasCuda ? cudaMegabytes : torchMegabytes);
  if (hasCuda && !existsSync("/proc/driver/nvidia") && !existsSync("/dev/dxg")) {
    process.stderr.write(
      `  pip's index has PyTorch with CUDA, and this machine shows no NVIDIA GPU. The build without CUDA is a tenth\n` +
        `  of the size and serves as well: stop with Ctrl-C, set PIP_EXTRA_INDEX_URL to the index of PyTorch's CPU\n` +
        `  builds, which PyTorch's installation page names, and run the command again.\n`,
    );
  }
  const size = hasCuda
    ? "with CUDA, about 3 GB to fetch, 7 GB on disk"
    : "about 200 MB to fetch, 0.8 GB on disk";
  await runStep({
    title: `PyTorch ${torchVersion}: ${size}`,
    command: venvPython,
    parameters: [...pipInstall, `torch==${torchVersion}`],
    countsProgress: (line) => /^(Collecting|Requirement already satisfied:) /.test(line),
  });
}

const pipInstall =
  "-m pip install --only-binary :all: --disable-pip-version-check --no-input --progress-bar off".split(" ");

/** What pip would install for PyTorch besides what is there. */
async function plannedPackages() {
  const report = join(stateDirectory, "setup", "torch-plan.json");
  mkdirSync(join(stateDirectory, "setup"), { recursive: true });
  await runStep({
    title: "PyTorch build for this machine: asking pip",
    command: venvPython,
    parameters: [...pipInstall, "--dry-run", "--report", report, `torch==${torchVersion}`],
  });
  const { install } = JSON.parse(readFileSync(report, "utf8"));
  rmSync(report);
  return install.map(({ metadata }) => metadata);
}

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import {
  milvusClient,
  nodeModules,
  projectNode,
  projectRoot,
  stateDirectory,
  venv,
  venvPython,
} from "./paths.mjs";
import { runStep, SetupError } from "./run-step.mjs";
import { findPython } from "./find-python.mjs";
import { withSetupLock } from "./setup-lock.mjs";
import { installTorch, torchMegabytes, torchVersion } from "./torch.mjs";

export { SetupError };

// Without dependencies: the locks are whole, and PyTorch, which accelerate requires, is in none.
const pipOptions =
  "--no-deps --require-hashes --only-binary :all: --disable-pip-version-check --no-input --progress-bar off".split(
    " ",
  );
const viewerBundle = join(projectRoot, "labextensions", "rounds-viewer", "static", "plotly-cartesian.min.js");
const viewerBundleSource = join(nodeModules, "plotly.js", "plotly-cartesian.min.js");

/**
 * Install what is missing and return; near instant when nothing changed.
 *
 * Every part has a stamp with the hash of what it was made from, written last, so an interrupted
 * set-up is taken up again at the part that did not finish.
 *
 * @param {("lab" | "train" | "test" | "bench")[]} requirements lock files of setup/python that .venv must
 *   satisfy; PyTorch comes with "train"
 */
export async function install(requirements) {
  const parts = [
    npmPart(),
    ...(requirements.length > 0 ? [pythonPart(requirements)] : []),
    ...(requirements.includes("test") ? [milvusPart()] : []),
  ];
  if (parts.every((part) => part.isDone())) return;
  await withSetupLock(async () => {
    const missing = parts.filter((part) => !part.isDone());
    if (missing.length === 0) return;
    const started = Date.now();
    process.stderr.write(`Setting up Rounds in ${projectRoot} (nothing is written outside it)\n`);
    checkFreeSpace(missing.reduce((sum, part) => sum + part.diskMegabytes, 0));
    for (const part of missing) await part.check?.();
    const outcomes = await Promise.allSettled(missing.map((part) => part.make()));
    const failure = outcomes.find((outcome) => outcome.status === "rejected");
    if (failure) throw failure.reason;
    process.stderr.write(`Set-up done in ${Math.round((Date.now() - started) / 1000)} s\n\n`);
  });
}

function npmPart() {
  const stamp = stampOf("npm", ["package-lock.json"], `${process.platform}-${process.arch}`);
  return {
    diskMegabytes: 600,
    isDone: () => stamp.matches() && existsSync(projectNode) && existsSync(viewerBundle),
    async make() {
      stamp.clear();
      const lock = JSON.parse(readFileSync(join(projectRoot, "package-lock.json"), "utf8"));
      const packages = Object.entries(lock.packages).filter(
        ([path, entry]) => path && fitsThisMachine(entry),
      );
      await runStep({
        title: `npm packages: ${packages.length}, about 550 MB on disk, Node 24 among them`,
        command: npmCommand(),
        parameters: ["ci", "--loglevel", "http", "--ignore-scripts", "--no-audit", "--no-fund"],
        countsProgress: (line) => /http (fetch|cache) .*(\.tgz|\(cache hit\))/.test(line),
        total: packages.length,
      });
      if (!existsSync(projectNode)) {
        throw new SetupError(
          `npm has no Node 24 for ${process.platform}-${process.arch}; Rounds runs on Linux and macOS, x64 and arm64.`,
        );
      }
      copyFileSync(viewerBundleSource, `${viewerBundle}.part`);
      renameSync(`${viewerBundle}.part`, viewerBundle);
      stamp.write();
    },
  };
}

/** The client of Milvus that its test connects, in a folder of its own: who searches in memory does without. */
function milvusPart() {
  const files = ["package.json", "package-lock.json", ".npmrc"].map((name) => join("setup", "milvus", name));
  const stamp = stampOf("milvus", files, "");
  return {
    diskMegabytes: 80,
    isDone: () => stamp.matches() && existsSync(join(milvusClient, "node_modules")),
    async make() {
      stamp.clear();
      mkdirSync(milvusClient, { recursive: true });
      for (const file of files) copyFileSync(join(projectRoot, file), join(milvusClient, basename(file)));
      await runStep({
        title: "Client of Milvus for its test: about 75 MB on disk",
        command: npmCommand(),
        parameters: ["ci", "--prefix", milvusClient, "--ignore-scripts", "--no-audit", "--no-fund"],
      });
      stamp.write();
    },
  };
}

function pythonPart(requirements) {
  const locks = requirements.map((name) => {
    const path = join("setup", "python", `${name}.lock`);
    const salt = name === "train" ? torchVersion : "";
    return { name, path, stamp: stampOf(`python-${name}`, [path], salt) };
  });
  const needsTorch = locks.some(({ name, stamp }) => name === "train" && !stamp.matches());
  let python;
  return {
    diskMegabytes: 350 + (needsTorch ? torchMegabytes + 300 : 0),
    isDone: () => existsSync(venvPython) && locks.every(({ stamp }) => stamp.matches()),
    async check() {
      python = await findPython();
    },
    async make() {
      if (!existsSync(join(venv, "bin", "pip")) || !existsSync(venvPython)) {
        for (const { stamp } of locks) stamp.clear();
        rmSync(venv, { recursive: true, force: true });
        await runStep({
          title: `Python environment in .venv (Python ${python.version})`,
          command: python.command,
          parameters: ["-m", "venv", venv],
        });
      }
      const missing = locks.filter(({ stamp }) => !stamp.matches());
      const text = missing.map(({ path }) => readFileSync(join(projectRoot, path), "utf8")).join("\n");
      const count = text.match(/^[a-z][\w.-]*==/gim)?.length ?? 0;
      await runStep({
        title: `Python packages: ${count}${count > 90 ? " with JupyterLab, about 260 MB on disk" : ""}`,
        command: venvPython,
        parameters: [
          "-m",
          "pip",
          "install",
          ...pipOptions,
          ...missing.flatMap(({ path }) => ["--requirement", path]),
        ],
        countsProgress: (line) => /^(Collecting|Requirement already satisfied:|Ignoring) /.test(line),
        total: count,
      });
      if (missing.some(({ name }) => name === "train")) await installTorch(checkFreeSpace);
      for (const { stamp } of missing) stamp.write();
    },
  };
}

function fitsThisMachine(entry) {
  const fits = (list, value) => !list || (list.includes(value) && !list.includes(`!${value}`));
  return fits(entry.os, process.platform) && fits(entry.cpu, process.arch);
}

function npmCommand() {
  // The npm that runs this script, on the Node that runs it: the project's own Node is about to be replaced.
  const { npm_execpath: npm, npm_node_execpath: node } = process.env;
  return npm?.endsWith(".js") && node ? [node, npm] : ["npm"];
}

function stampOf(name, files, salt) {
  const path = join(stateDirectory, "setup", `${name}.stamp`);
  const hash = createHash("sha256").update(salt);
  for (const file of files) hash.update(readFileSync(join(projectRoot, file)));
  const expected = hash.digest("hex");
  return {
    matches: () => existsSync(path) && readFileSync(path, "utf8") === expected,
    clear: () => rmSync(path, { force: true }),
    write() {
      mkdirSync(join(stateDirectory, "setup"), { recursive: true });
      writeFileSync(`${path}.part`, expected);
      renameSync(`${path}.part`, path);
    },
  };
}

function checkFreeSpace(neededMegabytes) {
  const { bavail, bsize } = statfsSync(projectRoot);
  const freeMegabytes = Math.floor((bavail * bsize) / 1e6);
  if (freeMegabytes < neededMegabytes) {
    throw new SetupError(
      `Disk full: set-up needs about ${neededMegabytes} MB in ${projectRoot} and ${freeMegabytes} MB are free. Free some space and run the command again.`,
    );
  }
}

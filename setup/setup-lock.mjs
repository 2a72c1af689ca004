import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stateDirectory } from "./paths.mjs";

const path = join(stateDirectory, "setup", "lock");

/** Run `work` while no other process sets up this project; a lock whose owner is gone is taken over. */
export async function withSetupLock(work) {
  mkdirSync(join(stateDirectory, "setup"), { recursive: true });
  let told = false;
  while (!take()) {
    if (!told) process.stderr.write("Another command is setting up this project; waiting for it ...\n");
    told = true;
    await sleep(500);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take() {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  if (!isAlive(readOwner())) rmSync(path, { force: true });
  return false;
}

function readOwner() {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch {
    return 0;
  }
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

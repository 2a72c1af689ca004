import { delimiter, join } from "node:path";
import { projectRoot, stateDirectory } from "../setup/paths.mjs";

/**
 * Environment in which Jupyter finds the project's kernel, viewer and server settings, and keeps its own
 * state (signatures, workspaces, sockets) in the project's git-ignored folder instead of the user's home.
 *
 * @param directory where the state goes; tests give a temporary one
 */
export function jupyterEnvironment(directory: string = join(stateDirectory, "jupyter")): NodeJS.ProcessEnv {
  const inherited = process.env["JUPYTER_PATH"];
  return {
    ...process.env,
    JUPYTER_PATH: inherited ? `${projectRoot}${delimiter}${inherited}` : projectRoot,
    JUPYTER_CONFIG_PATH: join(projectRoot, "setup", "jupyter"),
    JUPYTER_CONFIG_DIR: join(directory, "config"),
    JUPYTER_DATA_DIR: join(directory, "data"),
    JUPYTER_RUNTIME_DIR: join(directory, "runtime"),
    JUPYTERLAB_SETTINGS_DIR: join(directory, "settings"),
    JUPYTERLAB_WORKSPACES_DIR: join(directory, "workspaces"),
    IPYTHONDIR: join(directory, "ipython"),
  };
}

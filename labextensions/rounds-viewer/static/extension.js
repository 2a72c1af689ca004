import { followNotebooks } from "./kernel-link.js";

/** The plugin that tells tables and widgets which kernel is theirs; a renderer alone is not told. */
export async function create(shared) {
  const { INotebookTracker } = await shared("@jupyterlab/notebook");
  return [
    {
      id: "rounds-viewer:kernel-link",
      description: "Lets tables and widgets of Rounds talk with the kernel.",
      autoStart: true,
      optional: [INotebookTracker],
      activate: (_app, notebooks) => followNotebooks(notebooks),
    },
  ];
}

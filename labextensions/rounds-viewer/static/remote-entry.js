// The one classic script: JupyterLab loads it by its address and asks it for modules by name.
// Everything else is an ES module beside it, fetched from the same server when it is first needed.
{
  const here = document.currentScript.src;

  /** @type {Record<string, Record<string, { get: () => Promise<() => unknown> }>>} */
  let shareScope = {};

  /** A package that JupyterLab itself has loaded, such as `@lumino/widgets`. */
  const shared = async (name) => {
    const [version] = Object.values(shareScope[name] ?? {});
    if (version === undefined) throw new Error(`JupyterLab does not share ${name}`);
    return (await version.get())();
  };

  const registry = "_JUPYTERLAB";
  window[registry] ??= {};
  window[registry]["rounds-viewer"] = {
    init(scope) {
      shareScope = scope;
    },
    /** @param {"./extension" | "./mime-extension" | "./style"} name */
    async get(name) {
      const module = await import(new URL(`${name}.js`, here).href);
      const content = { __esModule: true, default: await module.create(shared) };
      return () => content;
    },
  };
}

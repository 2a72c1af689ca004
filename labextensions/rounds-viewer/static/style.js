/** Add the viewer's style sheets to the page. */
export function create() {
  for (const name of ["viewer.css", "prompt-view.css"]) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(name, import.meta.url).href;
    document.head.append(link);
  }
}

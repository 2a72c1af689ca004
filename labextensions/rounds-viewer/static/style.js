/** Add the viewer's style sheet to the page. */
export function create() {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL("viewer.css", import.meta.url).href;
  document.head.append(link);
}

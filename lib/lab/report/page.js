// Each picture becomes a live figure in the page's colours; where scripts do not run, the picture stays.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function themed({ data, layout }, width) {
    const { template = {} } = layout;
    const own = template.layout ?? {};
    const axis = { gridcolor: color("--grid"), linecolor: color("--line"), zerolinecolor: color("--line") };
    const background = color("--background");
    const theme = {
      ...own,
      paper_bgcolor: background,
      plot_bgcolor: background,
      font: { ...own.font, color: color("--text") },
      xaxis: { ...own.xaxis, ...axis },
      yaxis: { ...own.yaxis, ...axis },
      hoverlabel: { ...own.hoverlabel, bgcolor: background, font: { color: color("--text") } },
    };
    const height = layout.height ?? 420;
    return { data, layout: { ...layout, width, height, template: { ...template, layout: theme } } };
  }

  /** Of CSS pixels: narrower, the words of a figure with panels would run into each other. */
  const leastWidth = 620;

  async function draw(figure) {
    const content = JSON.parse(figure.querySelector("script").textContent);
    const plot = figure.querySelector(".plot");
    figure.classList.add("is-live");
    const { data, layout } = themed(content, Math.max(leastWidth, figure.clientWidth));
    const config = { displaylogo: false, showSendToCloud: false, plotlyServerURL: "", topojsonURL: "" };
    await Plotly.react(plot, data, layout, config);
  }

  const figures = [...document.querySelectorAll("figure.live")];
  const shown = new Set();
  const drawOne = (figure) => {
    shown.add(figure);
    draw(figure).catch((error) => {
      figure.classList.remove("is-live");
      console.error(error);
    });
  };
  // Only what is near the window: a page of a hundred figures opens as fast as one of ten.
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watcher.unobserve(target);
        drawOne(target);
      }
    },
    { rootMargin: "800px" },
  );
  for (const figure of figures) watcher.observe(figure);
  const drawAgain = () => {
    for (const figure of shown) drawOne(figure);
  };
  dark.addEventListener("change", drawAgain);
  // Paper cannot be clicked: what is folded is printed unfolded, and folded again.
  const folded = new Set();
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open])")) folded.add(details);
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
    folded.clear();
  });
  let waiting;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(drawAgain, 150);
  });
})();

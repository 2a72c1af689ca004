/**
 * Make an element; children that are texts stay texts, so data can never become markup.
 *
 * @param {string} name
 * @param {Record<string, unknown>} [properties] DOM properties; `aria-*`, `scope` and `role` as attributes
 * @param {...(Node | string)} children
 */
export function element(name, properties = {}, ...children) {
  const created = document.createElement(name);
  for (const [property, value] of Object.entries(properties)) {
    if (property.includes("-") || property === "role") created.setAttribute(property, String(value));
    else created[property] = value;
  }
  created.append(...children);
  return created;
}

/**
 * @param {string} label
 * @param {() => void} onClick
 * @param {Record<string, unknown>} [properties]
 */
export function button(label, onClick, properties = {}) {
  const created = element("button", { type: "button", className: "rounds-Button", ...properties }, label);
  created.addEventListener("click", onClick);
  return created;
}

/** @param {number} number */
export function count(number, noun) {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}

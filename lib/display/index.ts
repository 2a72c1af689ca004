import "./register.ts";

export type { Bundle, Displayable, MimeMap, RichBundle } from "./bundle.ts";
export { figure } from "./figure.ts";
export type { FigureDisplayOptions } from "./figure.ts";
export { html, markdown } from "./markup.ts";
export type { Markup } from "./markup.ts";
export { progress } from "./progress.ts";
export type { Progress, ProgressOptions } from "./progress.ts";
export { show } from "./show.ts";
export type { ShowOptions } from "./show.ts";
export { staticImage } from "./static-image.ts";
export type { StaticImageOptions } from "./static-image.ts";

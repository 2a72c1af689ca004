import { guardConsole } from "./guard-console.ts";
import { jupyterHost } from "./jupyter-host.ts";
import { formatValue } from "./show.ts";
import { serveTables } from "./table-comm.ts";
import { serveWidgets } from "./widget-comm.ts";

// Under a kernel, a cell's last value is from now on shown as formatValue says, and tables and widgets answer the viewer.
jupyterHost()?.registerFormatter((value) => formatValue(value));
if (jupyterHost() !== undefined) guardConsole(console);
serveTables();
serveWidgets();

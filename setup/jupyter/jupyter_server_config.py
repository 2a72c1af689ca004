"""JupyterLab as `npm start` runs it: quick sockets, nothing fetched from outside."""

from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

c = get_config()  # noqa: F821  (jupyter_server defines it)

c.LabApp.news_url = None
c.LabApp.extension_manager = "readonly"
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.MappingKernelManager.default_kernel_name = "typescript"

_open_websocket = KernelWebsocketHandler.open


async def _open_without_delay(handler, kernel_id):
    """Send each small message at once: Nagle's algorithm with delayed acknowledgement costs 40 ms a cell."""
    handler.set_nodelay(True)
    await _open_websocket(handler, kernel_id)


KernelWebsocketHandler.open = _open_without_delay

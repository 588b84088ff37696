"""Notebook kernels that talk over Unix sockets, for machines that start several at once."""

import tempfile
from typing import Any

from jupyter_client.provisioning import LocalProvisioner


class UnixSockets(LocalProvisioner):
    """Jupyter's local provisioner without TCP ports.

    Jupyter looks for free ports and hands them to a kernel that binds them a second later; another process may have
    taken one by then, and the kernel dies ("Address already in use"). A socket's path is the kernel's alone.
    Chosen by ``JUPYTER_DEFAULT_PROVISIONER_NAME=unix-sockets``, as the Snakefile and the tests do.
    """

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        self.folder = tempfile.TemporaryDirectory(prefix="kernel-")
        self.parent.transport, self.parent.ip = "ipc", f"{self.folder.name}/socket"
        return await super().pre_launch(**kwargs)

    async def cleanup(self, restart: bool = False) -> None:
        await super().cleanup(restart)
        self.folder.cleanup()

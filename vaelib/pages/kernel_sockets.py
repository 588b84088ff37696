"""Notebook kernels that talk over Unix sockets, for machines that start several at once."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

PREFIX = "vaelib-kernel-"  # of the sockets' folders; the process that started the kernel comes next


def remove_leftovers() -> None:
    """Remove the sockets' folders of kernels whose starting process was killed before it could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        process = folder.name.removeprefix(PREFIX).partition("-")[0]
        if process.isdigit() and not _runs(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it runs, as somebody else's
        pass
    return True


class UnixSockets(LocalProvisioner):
    """Jupyter's local provisioner without TCP ports.

    Jupyter looks for free ports and hands them to a kernel that binds them a second later; another process may have
    taken one by then, and the kernel dies ("Address already in use"). A socket's path is the kernel's alone.
    Chosen by ``JUPYTER_DEFAULT_PROVISIONER_NAME=unix-sockets``, as the Snakefile and the tests do.
    """

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        remove_leftovers()
        self.folder = tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-")
        self.parent.transport, self.parent.ip = "ipc", f"{self.folder.name}/socket"
        return await super().pre_launch(**kwargs)

    async def cleanup(self, restart: bool = False) -> None:
        await super().cleanup(restart)
        self.folder.cleanup()

"""For every test: kernels without ports, and what `pytest --nbval` does not compare.

That is pictures, since pixels differ from processor to processor, and progress bars.
"""

import os

NOT_COMPARED = ("stderr", "application/papermill.record/image/png")

os.environ.setdefault("JUPYTER_DEFAULT_PROVISIONER_NAME", "unix-sockets")  # workers start kernels at the same time


def pytest_collectstart(collector):
    if collector.path.suffix == ".ipynb":
        collector.skip_compare += NOT_COMPARED

"""For every test: kernels without ports, and how `pytest --nbval` compares a notebook's outputs with a fresh run.

Numbers are compared as numbers, within a tolerance (``vaelib.pages.notebooks.Output``), since processors round
differently. Pictures, whose pixels do too, and progress bars are not compared.
"""

import os

from vaelib.pages.notebooks import Output

NOT_COMPARED = ("stderr", "application/papermill.record/image/png")

os.environ.setdefault("JUPYTER_DEFAULT_PROVISIONER_NAME", "unix-sockets")  # workers start kernels at the same time


def pytest_collectstart(collector):
    if collector.path.suffix == ".ipynb":
        collector.skip_compare += NOT_COMPARED


def pytest_itemcollected(item):
    if item.path.suffix == ".ipynb":
        sanitize = item.sanitize  # nbval hands every text through it before it compares
        item.sanitize = lambda found: Output(sanitize(found)) if isinstance(found, str) else found

"""The live notebook in JupyterLab, as a reader meets it: one change, run all cells, move, choose, draw."""

import os
import re
import secrets
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import nbformat
import pytest
from playwright.sync_api import expect

from vaelib import data

PATIENCE = 300_000  # milliseconds: how long a busy machine may take for a step; a quiet one takes seconds


@pytest.fixture
def lab(project, tmp_path):
    """Address of a JupyterLab of its own on a copy of the notebook whose ``live`` is set to True."""
    notebook = nbformat.read(project / "notebooks" / "live.ipynb", as_version=4)
    changed = 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            changed += cell.source.count("live: bool = False")
            cell.source = cell.source.replace("live: bool = False", "live: bool = True")
    assert changed == 1
    nbformat.write(notebook, tmp_path / "live.ipynb")
    settings = tmp_path / "CONFIG" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex()
    options = {
        "IdentityProvider.token": token,
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": tmp_path,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "LabApp.extension_manager": "readonly",
    }
    of_its_own = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    with (tmp_path / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())],
            env=os.environ | of_its_own | {"PYTHONPATH": str(project), "VAELIB_HOME": str(tmp_path / "runs")},
            cwd=tmp_path,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api?token={token}", server)
        yield f"{address}/lab/tree/live.ipynb?token={token}"
    finally:
        server.terminate()
        server.wait()
        print((tmp_path / "lab.log").read_text())  # pytest shows it where the test failed


def _wait_for(address, server):
    while server.poll() is None:
        try:
            return urlopen(address).close()
        except OSError:
            time.sleep(0.2)
    raise AssertionError("jupyter lab ended before it answered")


def test_moving_choosing_and_drawing_change_the_pictures(lab, page):
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.goto(lab)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    pictures = page.locator(".jp-OutputArea img[alt*='nats per image']")
    expect(pictures).to_have_count(3)
    plane, chosen, drawn = (pictures.nth(position) for position in range(3))

    before = plane.get_attribute("src")
    slider = page.get_by_role("slider").first
    slider.press("ArrowRight")
    expect(plane).to_have_attribute("alt", re.compile(r"^z = \(2\.62, -2\.50\)\."))
    assert plane.get_attribute("src") != before

    label = data.partition("mnist/mini-seed-0").labels[0].item()
    point = page.get_by_label("training point")
    point.select_option(f"0 (class {label})")
    expect(plane).to_have_attribute("alt", re.compile(rf"^z = (?!\(2\.62).* by class: {label} \(1\.00\)"))
    expect(point).to_have_value(f"0 (class {label})")  # the sliders went there, and did not leave again

    before = chosen.get_attribute("src")
    page.get_by_role("slider").last.press("ArrowRight")
    expect(chosen).not_to_have_attribute("src", before)

    before = drawn.get_attribute("src")
    page.get_by_role("button", name="clear the canvas").click()
    expect(page.get_by_text("There is no stroke. Draw something.")).to_be_visible()
    canvas = page.get_by_role("img", name="Canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.1 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.45 * box["width"], box["y"] + 0.9 * box["height"], steps=8)
    page.mouse.up()
    expect(drawn).to_have_attribute("alt", re.compile(r"by class: 1 \("))  # a stroke from above is a one
    assert drawn.get_attribute("src") != before

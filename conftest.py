"""What `pytest --nbval` does not compare: pictures (pixels differ from processor to processor) and progress bars."""

NOT_COMPARED = ("stderr", "application/papermill.record/image/png")


def pytest_collectstart(collector):
    if collector.path.suffix == ".ipynb":
        collector.skip_compare += NOT_COMPARED

"""Each of this paper's notebooks, recomputed at smoke size."""

import pytest
from smoke import assert_trains_for_itself, pages

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("page", pages("criteria"), ids=lambda page: page.notebook)
def test_it_trains_for_itself_at_smoke_size(page, tmp_path, monkeypatch):
    assert_trains_for_itself(page, tmp_path, monkeypatch)

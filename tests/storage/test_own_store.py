"""The store that docs/stores.md shows, tested by the tests that it shows: they are run here as they stand there."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "stores.md"
OWN = PAGE.read_text("utf-8").partition("## A store of your own")[2].partition("### Wrappers")[0]
BLOCKS = re.findall(r"```python\n(.*?)```", OWN, re.DOTALL)


def definitions(block: str) -> str:
    """Imports, classes and functions of a block, without what is done with them."""
    return re.sub(r"^(?:z = |assert ).*$", "", block, flags=re.MULTILINE)


for block in BLOCKS:
    exec(compile(definitions(block), PAGE.name, "exec"), globals())


def test_the_page_has_a_store_and_its_tests() -> None:
    names: dict[str, Any] = globals()
    assert names["DirectoryOfBlobs"].__name__ == "DirectoryOfBlobs"
    assert names["TestDirectoryOfBlobs"].store_cls is names["DirectoryOfBlobs"]
    assert callable(names["test_random_operations"])
    assert not os.path.exists("blobs")

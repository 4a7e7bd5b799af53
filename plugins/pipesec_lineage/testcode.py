"""Which files are test code: it reads and writes, but it is no part of a pipeline."""

from __future__ import annotations

import re

_TEST = re.compile(r"(?:^|/)(?:tests?/|testing/|conftest\.py$|test_[^/]*\.py$|[^/]*_test\.py$)")


def is_test(path: str) -> bool:
    """Whether a path, relative to the project, is that of test code by pytest's and unittest's customs."""
    return _TEST.search(path) is not None

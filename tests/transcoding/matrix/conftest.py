"""What the judges assert is shown in full where it fails."""

import pytest

pytest.register_assert_rewrite("tests.transcoding.matrix.judging", "tests.transcoding.matrix.streaming")

"""Films for growing streams, and what the tests of the pipeline use."""

from tests.transcoding.pipeline.conftest import empty_queue, long_film, short_film, workers

__all__ = ["empty_queue", "long_film", "short_film", "workers"]

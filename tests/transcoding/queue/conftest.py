"""The queue's tables, the worker processes and the films of the pipeline's tests."""

from tests.transcoding.pipeline.conftest import empty_queue, long_film, short_film, workers

__all__ = ["empty_queue", "long_film", "short_film", "workers"]

"""One percentage for a job of several stages."""

from collections.abc import Callable

from transcoding.ffmpeg.progress import Progress


class Meter:
    """Reports whole percents to ``on_progress``, each once and never falling."""

    def __init__(self, on_progress: Callable[[int], None]) -> None:
        self._on_progress = on_progress
        self._last = -1

    def reach(self, percent: float) -> None:
        """Say that ``percent`` of the whole job is done."""
        whole = max(0, min(100, int(percent)))
        if whole > self._last:
            self._last = whole
            self._on_progress(whole)

    def stage(self, begin: int, end: int, *, duration: float) -> Callable[[Progress], None]:
        """A listener for one run: from ``begin`` to ``end`` percent of the job, over ``duration`` seconds of media."""

        def listen(progress: Progress) -> None:
            self.reach(begin + (end - begin) * progress.percent_of(duration) / 100)

        return listen

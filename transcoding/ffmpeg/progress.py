"""Reading what ``ffmpeg -progress pipe:1`` writes. Pure: bytes in, values out."""

from dataclasses import dataclass

_MAX_LINE = 4096


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One report. ``seconds`` of output written so far, ``size`` in bytes; None where ffmpeg does not know yet."""

    frame: int = 0
    seconds: float | None = None
    size: int | None = None
    ended: bool = False

    def percent_of(self, duration: float) -> int:
        """How far this is into ``duration`` seconds, 0 to 100. The end of the run is 100 whatever was announced."""
        if self.ended:
            return 100
        if self.seconds is None or duration <= 0:
            return 0
        return max(0, min(100, int(100 * self.seconds / duration)))


def _integer(text: str | None) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:  # "N/A" before the first packet
        return None


def _report(fields: dict[str, str]) -> Progress:
    microseconds = _integer(fields.get("out_time_us"))
    return Progress(
        frame=_integer(fields.get("frame")) or 0,
        # ffmpeg starts from the smallest 64-bit number until a timestamp is known
        seconds=None if microseconds is None or microseconds < 0 else microseconds / 1_000_000,
        size=_integer(fields.get("total_size")),
        ended=fields.get("progress") == "end",
    )


class ProgressParser:
    """Turns a byte stream, cut anywhere, into reports. Keeps at most one unfinished line and one block."""

    def __init__(self) -> None:
        self._rest = b""
        self._fields: dict[str, str] = {}

    def feed(self, data: bytes) -> list[Progress]:
        """The reports that ``data`` completes, in order."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()[-_MAX_LINE:]
        reports = []
        for line in lines:
            key, separator, value = line.decode("ascii", "replace").partition("=")
            if not separator:
                continue
            self._fields[key.strip()] = value.strip()
            if key.strip() == "progress":
                reports.append(_report(self._fields))
                self._fields = {}
        return reports

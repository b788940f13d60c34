"""A film that can be watched while one run encodes it: what is shown when, what is stored, and what stays of it."""

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db.models.functions import Now

from assets.growing import growing_of
from assets.models import AssetVersion, GrowingSegment, GrowingStream, ProcessingAttempt, Rendition
from assets.states import Kind
from assets.storage import get_store
from assets.storage.base import StoreUnavailable
from assets.storage.folder import FolderStore
from tests import factories
from tests.transcoding.pipeline.conftest import make_film, nothing_is_left
from tests.transcoding.video.conftest import ffmpeg, picture, probe
from transcoding import attempts
from transcoding.growing import follower
from transcoding.growing.plan import GrowingRendition
from transcoding.growing.playlists import render_growing_master, render_growing_playlist
from transcoding.growing.rows import add_segments, spans_of
from transcoding.processing import process
from transcoding.retry import Stopped
from transcoding.sweeping import delete_grown_streams

pytestmark = pytest.mark.django_db
LEAN, LOW, SOUND = "240p-lean", "360p", "audio"
WHOLE = pytest.approx(15, abs=0.1)


@dataclass
class Seen:
    """What could be watched whenever the run had written it down, and the stage that the run was in."""

    playable: list[float] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)


def film(path: Path) -> AssetVersion:
    return factories.make_version(factories.make_asset(kind=Kind.VIDEO), original=path, filename="phim.mp4")


def run(version: AssetVersion) -> str:
    return process(version.pk, worker="test", retries=0)


def watch(version: AssetVersion, monkeypatch: pytest.MonkeyPatch) -> Seen:
    seen = Seen()

    def noted(*args: object, **named: object) -> None:
        add_segments(*args, **named)  # type: ignore[arg-type]
        stream = growing_of(AssetVersion.objects.get(pk=version.pk))
        assert stream is not None
        seen.playable.append(stream.playable)
        seen.stages.append(stream.attempt.stage)

    monkeypatch.setattr("transcoding.growing.stream.add_segments", noted)
    return seen


def stream_of(version: AssetVersion) -> GrowingStream:
    version.refresh_from_db()
    return GrowingStream.objects.get(attempt=version.attempt)


def objects_of(version: AssetVersion, attempt: UUID | None = None) -> set[str]:
    prefix = f"renditions/{version.asset_id}/{version.pk}/{f'{attempt}/live/' if attempt else ''}"
    return {found.key for found in get_store().list_objects(prefix)}


def as_files(version: AssetVersion, folder: Path) -> Path:
    """The stream as a player fetches it; the path of its master."""
    stream = stream_of(version)
    renditions = [GrowingRendition.from_json(each) for each in stream.renditions]
    for key in objects_of(version, stream.pk):
        path = folder / key.partition("/live/")[2]
        path.parent.mkdir(exist_ok=True)
        get_store().download(key, path)
    for each in renditions:
        text = render_growing_playlist(spans_of(stream, each.name), ended=stream.ended)
        (folder / each.name / "index.m3u8").write_text(text)
    master = folder / "master.m3u8"
    master.write_text(render_growing_master(renditions))
    return master


def test_a_film_grows_while_it_is_encoded_and_is_whole_in_the_end(
    long_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = film(long_film)
    seen = watch(version, monkeypatch)

    assert run(version) == "ready"

    stream = stream_of(version)
    assert seen.playable[0] == pytest.approx(2, abs=0.1)
    assert len(set(seen.playable)) > 3, "it grew in steps"
    assert seen.playable == sorted(seen.playable)
    assert (stream.ended, stream.playable) == (True, WHOLE)
    assert stream.attempt.playable == 100
    assert growing_of(version) is None, "what is ready is shown whole"
    assert nothing_is_left()


def test_what_grew_plays_as_one_film(long_film: Path, tmp_path: Path) -> None:
    """Every picture, once, with the sound, cut at the same times in all rungs."""
    version = film(long_film)

    run(version)

    stream = stream_of(version)
    renditions = {each["name"]: GrowingRendition.from_json(each) for each in stream.renditions}
    assert list(renditions) == [LEAN, LOW, SOUND]
    cuts = {name: list(stream.segments.filter(rendition=name).values_list("begin", "duration")) for name in renditions}
    assert cuts[LEAN] == cuts[LOW]
    assert [begin for begin, _ in cuts[LOW]] == [0, 2_000_000, 6_000_000, 10_000_000, 14_000_000]
    for spans in cuts.values():
        assert all(abs(one[0] + one[1] - other[0]) <= 1 for one, other in itertools.pairwise(spans))
    master = as_files(version, tmp_path)
    counted = probe(master, "-allowed_extensions", "ALL", "-count_frames", "-select_streams", "v")
    assert {int(each["nb_read_frames"]) for each in counted["streams"]} == {15 * 25}
    assert {each["codec_name"] for each in probe(master, "-allowed_extensions", "ALL")["streams"]} == {"h264", "aac"}


def test_what_grew_is_swept_when_nobody_watches_it_any_more_and_the_set_stays(short_film: Path) -> None:
    version = film(short_film)
    run(version)
    stream = stream_of(version)
    assert objects_of(version, stream.pk)
    assert delete_grown_streams() == 0, "somebody may still be watching"
    ProcessingAttempt.objects.filter(pk=stream.pk).update(finished_at=Now() - timedelta(hours=3))

    assert delete_grown_streams() == 1

    assert objects_of(version, stream.pk) == set()
    assert objects_of(version) == set(Rendition.objects.filter(version=version).values_list("key", flat=True))
    assert not GrowingSegment.objects.exists()
    assert delete_grown_streams() == 0


def test_a_run_that_is_cut_off_takes_what_grew_along(long_film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = film(long_film)
    seen = watch(version, monkeypatch)

    with pytest.raises(Stopped):
        process(version.pk, worker="test", retries=0, stopping=lambda: len(seen.playable) > 1)

    assert not GrowingStream.objects.exists()
    assert objects_of(version) == set()
    assert nothing_is_left()


def test_a_run_that_lost_its_token_shows_nothing_more(long_film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = film(long_film)
    seen, taken = watch(version, monkeypatch), []

    def another_begins() -> bool:
        if len(seen.playable) > 1 and not taken:
            taken.append(attempts.begin(version.pk, worker="another"))
        return False

    assert process(version.pk, worker="test", retries=0, stopping=another_begins) == "superseded"

    version.refresh_from_db()
    assert growing_of(version) is None
    assert objects_of(version) == set()
    assert version.attempt == taken[0].attempt


def test_a_store_that_is_away_for_a_moment_costs_nothing_but_the_moment(
    long_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, put, failures = film(long_film), FolderStore.put_file, iter(range(3))

    def put_file(self: FolderStore, key: str, path: Path, *, media_type: str) -> object:
        if "/live/" in key and next(failures, None) is not None:
            raise StoreUnavailable("The store does not answer.")
        return put(self, key, path, media_type=media_type)

    monkeypatch.setattr(FolderStore, "put_file", put_file)
    monkeypatch.setattr(follower, "STORE_WAIT_SECONDS", 0.05)

    assert run(version) == "ready"

    assert next(failures, None) is None
    assert (stream_of(version).ended, stream_of(version).playable) == (True, WHOLE)


def test_what_cannot_be_shown_does_not_stop_the_run(
    short_film: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    version = film(short_film)
    monkeypatch.setattr(follower, "codec_name", lambda _: (_ for _ in ()).throw(ValueError("no codec")))

    assert run(version) == "ready"

    assert not GrowingStream.objects.exists()
    assert "grows no further" in caplog.text


def test_a_copied_rung_grows_by_the_keyframes_of_its_source(tmp_path: Path) -> None:
    source = tmp_path / "fitting.mp4"
    x264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "75", "-b:v", "300k"]
    colours = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
    ffmpeg(*picture("640x360", seconds=12), *x264, *colours, source)
    version = film(source)

    assert run(version) == "ready"

    version.refresh_from_db()
    assert version.facts["video"]["not_copied"] == ""
    stream = stream_of(version)
    begins = {
        name: list(stream.segments.filter(rendition=name).values_list("begin", flat=True)) for name in (LEAN, LOW)
    }
    assert begins[LEAN] == begins[LOW] == [0, 3_000_000, 9_000_000]
    assert stream.ended


def test_a_film_smaller_than_the_lean_rung_grows_in_its_own_size(tmp_path: Path) -> None:
    version = film(make_film(tmp_path / "small.mp4", seconds=3, size="160x120"))

    assert run(version) == "ready"

    assert [each["name"] for each in stream_of(version).renditions] == ["120p", SOUND]

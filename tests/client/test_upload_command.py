"""``mediacenter upload`` against a running site: what it says and what is there afterwards."""

import hashlib
import os
import signal
import subprocess
import sys
import time
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image

from assets.models import Asset, AssetVersion, Collection, Upload
from assets.states import VersionState
from assets.storage import get_store
from permissions.models import Agency
from tests.client.live import Client, WebServer, finish
from tests.factories import make_agency, make_member, make_token

MIB = 1024 * 1024


def picture(folder: Path, name: str = "ảnh.jpg") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    Image.frombytes("RGB", (32, 32), os.urandom(3 * 32 * 32)).save(path, "JPEG")
    return path


def stored_sha256(version: AssetVersion) -> str:
    with get_store().open(version.original_key) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@pytest.mark.parametrize("store_name", ["folder", pytest.param("s3", marks=pytest.mark.s3)])
def test_files_arrive_byte_identical_with_what_was_said_of_them(client: Client, tmp_path: Path) -> None:
    paths = [picture(tmp_path / "in", f"{number}.jpg") for number in range(3)]

    ran = client.upload(*paths, "--album", "Lễ hội", "--title", "Đua thuyền", "--language", "vi")

    assert ran.code == 0, ran.err
    assert [row["result"] for row in ran.results] == ["uploaded"] * 3
    assert {row["reference"] for row in ran.results} == set(Asset.objects.values_list("reference", flat=True))
    for path in paths:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        version = AssetVersion.objects.get(filename=path.name)
        assert version.announced_sha256 == digest == stored_sha256(version)
        assert version.asset.texts.get().title == "Đua thuyền"
    assert Collection.objects.get(title="Lễ hội").assets.count() == 3


def test_the_summary_is_a_table_without_control_characters(client: Client, tmp_path: Path) -> None:
    path = picture(tmp_path / "in", "\x1b[31mđỏ [bold].jpg")

    ran = finish(client.begin("--agency", "vgp", path, tmp_path / "absent.jpg"))

    assert ran.code == 1
    assert "\x1b" not in ran.out + ran.err
    assert "�[31mđỏ [bold].jpg" in ran.out
    assert Asset.objects.get().reference in ran.out
    assert "There is no such file." in ran.out


def test_a_name_in_any_script_and_form_arrives_composed(client: Client, tmp_path: Path) -> None:
    names = ["Đường Láng – mưa.jpg", "会安古镇.jpg", unicodedata.normalize("NFD", "Thừa Thiên Huế.jpg"), "a b'c\".jpg"]
    paths = [picture(tmp_path / "in", name) for name in names]

    assert client.upload(*paths).code == 0

    stored = set(AssetVersion.objects.values_list("filename", flat=True))
    assert {"Đường Láng – mưa.jpg", "会安古镇.jpg", "Thừa Thiên Huế.jpg"} <= stored


def test_what_the_center_has_already_is_pointed_out_and_not_sent(client: Client, tmp_path: Path) -> None:
    path = picture(tmp_path / "in")
    first = client.upload(path).results[0]
    AssetVersion.objects.update(sha256=hashlib.sha256(path.read_bytes()).hexdigest())  # as its verification will

    ran = client.upload(path)

    assert ran.code == 0
    assert ran.results[0] | {"result": "duplicate", "reference": first["reference"], "bytes_sent": 0} == ran.results[0]
    assert Asset.objects.count() == 1
    assert client.upload(path, "--allow-duplicate").results[0]["result"] == "uploaded"
    assert Asset.objects.count() == 2


def test_the_same_content_twice_in_a_run_is_sent_once(client: Client, tmp_path: Path) -> None:
    first = picture(tmp_path / "in", "a.jpg")
    second = first.with_name("b.jpg")
    second.write_bytes(first.read_bytes())

    ran = client.upload(first, second)

    assert ran.code == 0
    assert sorted(row["result"] for row in ran.results) == ["duplicate", "uploaded"]
    assert Asset.objects.count() == 1


def test_one_bad_file_does_not_keep_the_others_back(client: Client, tmp_path: Path) -> None:
    good, empty = picture(tmp_path / "in", "good.jpg"), tmp_path / "in" / "empty.jpg"
    empty.touch()
    unknown = tmp_path / "in" / "notes.xyz"
    unknown.write_text("what is this")

    ran = client.upload(empty, unknown, good)

    assert ran.code == 1
    said = {Path(row["file"]).name: (row["result"], row["reason"]) for row in ran.results}
    assert said["good.jpg"] == ("uploaded", None)
    assert said["empty.jpg"] == ("failed", "The file is empty.")
    assert "kind" in (said["notes.xyz"][1] or "")


def test_a_file_one_may_not_read_is_named(client: Client, tmp_path: Path) -> None:
    path = picture(tmp_path / "in")
    path.chmod(0)
    powers = "-dac_override,-dac_read_search"  # with which root reads everything
    wrapper = ("setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}") if os.geteuid() == 0 else ()

    ran = replace(client, wrapper=wrapper).upload(path)

    assert ran.code == 1
    assert "check its permissions" in ran.results[0]["reason"]


def test_a_wrong_token_is_told_before_anything_is_read(client: Client, tmp_path: Path) -> None:
    ran = client.upload(picture(tmp_path / "in"), token="mc_00000000_wrong")

    assert ran.code == 2
    assert "does not take this token" in ran.err
    assert ran.out == ""


def test_a_missing_token_says_how_to_get_one(client: Client, tmp_path: Path) -> None:
    ran = client.upload(picture(tmp_path / "in"), token="")

    assert ran.code == 2
    assert "account page" in ran.err


def test_an_unknown_agency_is_answered_with_those_one_may_use(client: Client, tmp_path: Path) -> None:
    ran = client.upload(picture(tmp_path / "in"), agency="NOWHERE")

    assert ran.code == 2
    assert "There is no agency NOWHERE. You may upload for: VGP" in ran.err


def test_the_only_agency_need_not_be_named(client: Client, tmp_path: Path) -> None:
    ran = finish(client.begin("--json", picture(tmp_path / "in")))

    assert ran.code == 0
    assert Asset.objects.get().agency.code == "VGP"


def test_no_right_in_an_agency_is_a_failure_with_what_to_do(client: Client, tmp_path: Path, agency: Agency) -> None:
    make_agency(code="MOH")
    ran = client.upload(picture(tmp_path / "in"), agency="MOH")

    assert ran.code == 1
    assert ran.results[0]["code"] == "role_too_low"
    assert "Ask an administrator" in ran.results[0]["reason"]


def test_a_token_that_may_not_upload_says_which_scope_it_lacks(client: Client, tmp_path: Path, agency: Agency) -> None:
    _, token = make_token(user=make_member(agency), scopes=("assets:read",))
    ran = client.upload(picture(tmp_path / "in"), token=token)

    assert ran.code == 1
    assert "uploads:write" in ran.results[0]["reason"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing argument"),
        (("--server", "ftp://x", "a.jpg"), "no address of a server"),
        (("--recursive", "EMPTY"), "There are no files"),
        (("--kind", "novel", "a.jpg"), "novel"),
    ],
)
def test_wrong_use_is_told_in_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    client = Client(server="http://127.0.0.1:9", token="mc_x_y", agency="VGP", state=tmp_path / "state")
    ran = finish(client.begin(*[str(tmp_path / "empty") if word == "EMPTY" else word for word in arguments]))

    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_a_server_that_is_not_there_is_told_when_patience_ends(tmp_path: Path) -> None:
    client = Client(server="http://127.0.0.1:9", token="mc_x_y", agency="VGP", state=tmp_path / "state")
    ran = client.upload(picture(tmp_path / "in"), "--patience", "0.5")

    assert ran.code == 2
    assert "http://127.0.0.1:9 does not answer" in ran.err


def test_a_folder_is_walked_when_asked(client: Client, tmp_path: Path) -> None:
    picture(tmp_path / "in", "a.jpg")
    picture(tmp_path / "in" / "deep", "b.jpg")

    assert client.upload(tmp_path / "in").code == 1
    ran = client.upload("-r", tmp_path / "in")

    assert [Path(row["file"]).name for row in ran.results] == ["a.jpg", "b.jpg"]
    assert ran.code == 0


def test_the_client_never_loads_django() -> None:
    code = "import sys; import mediacenter.commands.upload; sys.exit('django' in sys.modules or 'boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("state", "message", "code", "result"),
    [("ready", "", 0, "uploaded"), ("rejected", "The picture is cut off.", 1, "rejected")],
)
def test_waiting_ends_with_how_the_processing_ended(
    *, client: Client, tmp_path: Path, state: str, message: str, code: int, result: str
) -> None:
    process = client.begin("--json", "--agency", client.agency, "--wait", picture(tmp_path / "in"))
    version = wait_for_version(process)
    set_processed(version, state, message)

    ran = finish(process)

    assert ran.code == code, ran.err
    assert ran.results[0] | {"result": result, "processing": state, "reason": message or None} == ran.results[0]


def wait_for_version(process: object) -> AssetVersion:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        version = AssetVersion.objects.first()
        if version is not None:
            return version
        time.sleep(0.1)
    raise AssertionError("nothing was uploaded")


def set_processed(version: AssetVersion, state: str, message: str) -> None:
    """What a worker would write."""
    version.verified_at = timezone.now()
    version.sha256, version.media_type = version.announced_sha256, "image/jpeg"
    if state == VersionState.READY:
        version.state = VersionState.PROCESSING
        version.save()
    version.state = VersionState(state)
    if state == VersionState.REJECTED:
        version.rejection_code, version.rejection_message = "truncated", message
    version.save()


def test_ctrl_c_says_how_to_go_on_and_leaves_the_upload_open(client: Client, tmp_path: Path, web: WebServer) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(os.urandom(40 * MIB))
    web.wire.hold_at(20 * MIB)
    process = client.begin("--agency", client.agency, "--parallel", "1", path)
    web.wire.wait_held()
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert any("Stopping" in line for line in process.stderr), "it says at once that it heard"
    web.wire.let_go()

    ran = finish(process)

    assert ran.code == 130
    assert "Run the same command again" in ran.err
    assert "Traceback" not in ran.err
    assert Upload.objects.get().state == "open"

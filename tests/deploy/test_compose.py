"""The compose file: by ``docker compose config`` where there is one, and by its structure everywhere."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text()))


def test_the_parts_are_there(compose: dict[str, Any]) -> None:
    parts = {"postgres", "minio", "storage-init", "prepare", "web", "worker", "maintenance", "purge", "nginx"}
    assert set(compose["services"]) == parts
    for service in compose["services"].values():
        assert not (service.keys() - _KNOWN_KEYS), "a key that compose does not know"


_KNOWN_KEYS = {
    *(
        "image",
        "build",
        "command",
        "environment",
        "env_file",
        "volumes",
        "networks",
        "ports",
        "depends_on",
        "healthcheck",
    ),
    *("restart", "read_only", "tmpfs", "cap_drop", "cap_add", "security_opt", "profiles", "user", "shm_size"),
    *("stop_grace_period", "stop_signal"),
}


def test_only_nginx_is_reached_from_outside(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    assert compose["networks"]["inside"] == {"internal": True}
    assert [name for name, service in services.items() if "outside" in service["networks"]] == ["nginx"]


def test_whatever_others_wait_for_says_when_it_is_well(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for service in services.values():
        for name, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert services[name]["healthcheck"]["test"]


def test_volumes_and_networks_that_are_used_are_declared(compose: dict[str, Any]) -> None:
    used = {volume.split(":")[0] for service in compose["services"].values() for volume in service.get("volumes", [])}
    assert {name for name in used if not name.startswith(".")} == set(compose["volumes"])
    bound = {name for name in used if name.startswith(".")}
    assert {name for name in bound if not name.startswith(("./secrets", "./tls"))} == {
        "./nginx/mediacenter.conf.template",
        "./nginx",
    }


def test_the_application_does_not_see_the_roots_of_its_parts(compose: dict[str, Any]) -> None:
    for name in ("web", "worker", "maintenance", "purge", "prepare"):
        service = compose["services"][name]
        files = [each if isinstance(each, str) else each["path"] for each in service["env_file"]]
        assert ".env" not in files
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True


def test_images_have_plain_names_and_fixed_versions(compose: dict[str, Any]) -> None:
    names = [
        line.split()[1] for path in _image_files() for line in path.read_text().splitlines() if line.startswith("FROM ")
    ]
    names += [service["image"] for service in compose["services"].values() if "build" not in service]
    for name in names:
        assert "/" not in name
        assert ":" in name
        assert not name.endswith(":latest")


def _image_files() -> list[Path]:
    return [DEPLOY / "Containerfile", DEPLOY / "minio" / "Containerfile"]


def test_the_image_runs_as_an_ordinary_user_from_the_hash_checked_lock() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    last_stage = text.rsplit("\nFROM ", 1)[1]
    assert "\nUSER mediacenter\n" in last_stage
    assert "--require-hashes -r requirements.lock" in text
    assert "USER minio" in (DEPLOY / "minio" / "Containerfile").read_text()


def _compose_command() -> list[str] | None:
    if shutil.which("docker"):
        found = subprocess.run(["docker", "compose", "version"], capture_output=True, timeout=30, check=False)
        if found.returncode == 0:
            return ["docker", "compose"]
    return None


@pytest.mark.skipif(
    _compose_command() is None, reason="docker compose is not installed: the structure alone was checked"
)
def test_docker_compose_takes_the_file(tmp_path: Path) -> None:
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    shutil.copy(DEPLOY / "env.example", tmp_path / "deploy" / "app.env")
    values = (DEPLOY / "compose.env.example").read_text().replace("PASSWORD=", "PASSWORD=for-the-test")
    (tmp_path / "deploy" / ".env").write_text(values)
    command = [*(_compose_command() or []), "-f", str(tmp_path / "deploy" / "compose.yaml"), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr

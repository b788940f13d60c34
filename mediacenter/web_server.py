"""gunicorn's settings (``gunicorn -c python:mediacenter.web_server``); the launcher and deploy/ start it the same way.

Threads, because a request waits for PostgreSQL and the store, not for the processor. Bytes of media do not pass here in
production: nginx and the store send them.
"""

import os

from mediacenter.env import Environment

_env = Environment()

bind = _env.text("WEB_BIND", "127.0.0.1:8000")
workers = _env.integer("WEB_WORKERS", max(2, min(4, os.cpu_count() or 1)), minimum=1)
threads = _env.integer("WEB_THREADS", 8, minimum=1)
worker_class = "gthread"
keepalive = 75
"""Longer than nginx keeps a connection to us idle (60 s), so that nginx and not we close it."""
timeout = 60
graceful_timeout = 25
max_requests = 20_000
max_requests_jitter = 2_000
limit_request_line = 8190
limit_request_fields = 60
limit_request_field_size = 8190
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - heartbeats, no data
control_socket_disable = True
forwarded_allow_ips = ",".join(_env.words("FORWARDED_ALLOW_IPS", ("127.0.0.1", "::1")))
accesslog = "-" if _env.boolean("ACCESS_LOG", default=False) else None
errorlog = "-"
loglevel = "warning"
proc_name = "mediacenter-web"

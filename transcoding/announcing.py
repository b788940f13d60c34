"""A worker's announcement: one row beside its lease, which the database removes together with the lease."""

import json
import logging
import os
import socket
from collections.abc import Sequence

from django.db import DatabaseError, IntegrityError, InterfaceError, connection

from transcoding.abilities import Abilities

logger = logging.getLogger(__name__)

ANNOUNCE = """
INSERT INTO assets_worker (lease, name, queues, concurrency, abilities)
VALUES (%(lease)s, %(name)s, %(queues)s, %(concurrency)s, %(abilities)s)
ON CONFLICT (lease) DO UPDATE
   SET name = excluded.name, queues = excluded.queues, concurrency = excluded.concurrency,
       abilities = excluded.abilities, started_at = now()
"""


def worker_name() -> str:
    """As the attempts of this process are signed."""
    return f"{socket.gethostname()}:{os.getpid()}"


def announce(lease: int, *, queues: Sequence[str] | None, concurrency: int, abilities: Abilities) -> bool:
    """Write the row of the worker with this lease; whether it stands. A database that is away, or a lease that is gone,
    is no reason to stop: the lifeline decides on that, and the caller asks again."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                ANNOUNCE,
                {
                    "lease": lease,
                    "name": worker_name()[:120],
                    "queues": None if queues is None else list(queues),
                    "concurrency": concurrency,
                    "abilities": json.dumps(abilities.as_json()),
                },
            )
    except IntegrityError:
        logger.warning("worker %s has no lease any more and is not announced", lease)
        return False
    except (DatabaseError, InterfaceError) as error:
        logger.warning("worker %s is not announced yet: %s", lease, error)
        connection.close()
        return False
    return True

"""Sessions of the database that stand still inside a transaction while others wait for what they have locked.

A worker that freezes (a machine that is suspended, a stopped process) just while it writes how its run ended holds the
version's row; the run that takes its place would wait for ever. Nothing of ours computes or calls anybody inside a
transaction, so that whoever is silent in one for as long as a dead worker is (``STALLED_AFTER``) is frozen. Its
transaction is lost, and so is its turn: it finds that out by itself when it wakes.
"""

import logging
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

logger = logging.getLogger(__name__)

END: Final = """
SELECT count(*) FILTER (WHERE pg_terminate_backend(frozen.pid))
  FROM pg_stat_activity AS frozen
 WHERE frozen.datname = current_database() AND frozen.usename = current_user
   AND frozen.state IN ('idle in transaction', 'idle in transaction (aborted)')
   AND frozen.state_change < clock_timestamp() - make_interval(secs => %s)
   AND EXISTS (
     SELECT FROM pg_stat_activity AS waiting
      WHERE waiting.datname = frozen.datname AND waiting.wait_event_type = 'Lock'
        AND frozen.pid = ANY(pg_blocking_pids(waiting.pid))
   )
"""


def end_frozen_sessions() -> int:
    """How many were ended: 0 where the database is away or does not let it, which is asked again at the next look."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(END, [settings.STALLED_AFTER.total_seconds()])
            ended: int = cursor.fetchone()[0]
    except (DatabaseError, InterfaceError) as error:
        logger.warning("frozen sessions could not be looked for: %s", error)
        return 0
    if ended:
        logger.warning("%s sessions that stood still inside a transaction were ended: others waited for them", ended)
    return ended

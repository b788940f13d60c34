# ruff: noqa: T201 - it prints what it measured
"""Searches, lists, suggestions, facets and corrections over a made-up country's works, with rights, in SQL and by API.

    python -m tests.bench.bench_search [--rows 100000] [--seconds 8] [--keep]
    make bench-search ARGS="--rows 1000000"

The works (``search_world.py``) are put into a PostgreSQL of its own in ``BENCH_DATA`` (``/tmp/bench-search``), which is
removed at the end, but with ``--keep``, for the next run. Clients are processes that ask one question after the other
for ``--seconds``, of the same mix in the same order: as a stranger, as the token of a newsroom, as a contributor.
"SQL" is the time in the database, "call" that of the product's function around it, "API" through gunicorn as deployed.
Goals at a million (issue 5): search SQL p95 ≤ 60 ms with 4 clients; API ≤ 1.6 × SQL + 10 ms; list ≤ 3.5 × raw SQL and
json; suggestions p95 ≤ 30 ms; page 10,000 as the first.
"""

import argparse
import shutil

from tests.bench.search_site import DATA, database, raw_list, web


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--only-fill", action="store_true")
    options = parser.parse_args()
    try:
        with database():
            _run(options)
    finally:
        if not options.keep:
            shutil.rmtree(DATA, ignore_errors=True)


def _run(options: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from assets.models import Asset
    from tests.bench.search_world import fill, load, size_of_database

    call_command("migrate", verbosity=0)
    there = Asset.objects.count()
    if there == 0:
        print(f"filled in {fill(options.rows, processes=options.processes):.0f} s, {load()}", flush=True)
    elif there != options.rows:
        raise SystemExit(f"{DATA} holds {there} works: remove it, or ask for --rows {there}.")
    print(f"{options.rows} works, {size_of_database() / 1e9:.1f} GB, {load()}", flush=True)
    if options.only_fill:
        return
    from tests.bench.search_measuring import measure_api, measure_calls

    calls = measure_calls(seconds=options.seconds)
    connection.close()
    with web(18_473) as ours, raw_list(18_474) as raw:
        measure_api(ours, raw, calls, seconds=options.seconds)
    print(load())


if __name__ == "__main__":
    main()

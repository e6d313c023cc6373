"""``python -m tests.attempts``: 100 000 contact attempts of a year against an independent reference.

``--attempts`` (100 000), ``--seed`` (1). Prints what was asked, what refused, and every disagreement with
its facts; the exit code is not 0 when there is one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time

from app.extensions import db
from tests.attempts.compare import Tally, compare
from tests.fault_ground import database, forget, make_app, ready_database


def main(arguments: list[str]) -> int:
    """0 when the gate and the reference agreed about every attempt."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attempts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    begun = time.monotonic()
    with (
        ready_database() as ready,
        database("attempts", ready) as url,
        tempfile.TemporaryDirectory() as var,
    ):
        app = make_app(url, var)
        with app.app_context():
            tally = compare(db.session(), given.seed, given.attempts)
        forget(app)
    for told in tally.told:
        print(told, end="\n\n")
    print(summary(tally, time.monotonic() - begun))
    return 1 if tally.wrong else 0


def summary(tally: Tally, seconds: float) -> str:
    """Three lines."""
    rules = ", ".join(f"{name} {count}" for name, count in tally.rules.most_common())
    channels = ", ".join(f"{name} {count}" for name, count in tally.channels.most_common())
    return (
        f"attempts: {tally.asked} in {seconds:.0f} s ({channels}), {tally.allowed} allowed;"
        f" {tally.unlawful} unlawful passed, {tally.refused} lawful refused\n"
        f"rules: {rules}; {tally.misnamed} misnamed\n"
        f"accounts asked about {tally.accounts}, moments named and asked again {tally.later};"
        f" {tally.mistimed} mistimed"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

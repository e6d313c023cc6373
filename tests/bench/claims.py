"""Thirty operators at the queue: what each waits for the next person, over HTTP."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Sequence

from tests.bench.client import Sample, Visitor, timed

OPERATORS = 30
#: Seconds between two people of one operator: fifty times as quick as anybody works.
_PAUSE = 2.0


def claims(visitors: Sequence[Visitor], seconds: float) -> list[Sample]:
    """Each of ``visitors`` asks for the next person, sees who it is and gives them back."""
    samples: list[Sample] = []
    end = time.perf_counter() + seconds

    def work(number: int, visitor: Visitor) -> None:
        pace = random.Random(number)  # noqa: S311
        time.sleep(pace.uniform(0, _PAUSE))
        while time.perf_counter() < end:
            samples.append(_one(visitor))
            time.sleep(pace.uniform(0.5, 1.5) * _PAUSE)

    threads = [threading.Thread(target=work, args=each) for each in enumerate(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(samples, key=lambda sample: sample.ms)


def _one(visitor: Visitor) -> Sample:
    sample, answer = timed(lambda: visitor.post("/work/next"))
    assert answer.status == 302, answer.body[:500]
    key = re.search(r'name="key" value="([^"]+)"', visitor.get("/work/").body)
    assert key, "nobody was claimed"
    visitor.post("/work/release", key=key[1])
    return sample

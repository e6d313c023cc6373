"""Thirty operators at the queue: what each waits for the next person."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.agent import Agent
from app.core.settings import Settings
from app.worklist.models import Claim
from app.worklist.service import claim_next, release_claim
from tests.bench.client import Sample

OPERATORS = 30
#: Seconds between two people of one operator: a hundred times as quick as anybody works.
_PAUSE = 1.0


def claims(url: str, operator_ids: Sequence[int], seconds: float) -> list[Sample]:
    """Each of ``operator_ids`` claims and gives back, with a connection of its own."""
    engine = sa.create_engine(url, pool_size=len(operator_ids))
    samples: list[Sample] = []
    end = time.perf_counter() + seconds

    def work(operator_id: int) -> None:
        pace = random.Random(operator_id)  # noqa: S311
        time.sleep(pace.uniform(0, _PAUSE))
        while time.perf_counter() < end:
            samples.append(_one(engine, Agent(operator_id, "Ana")))
            time.sleep(pace.uniform(0.5, 1.5) * _PAUSE)

    threads = [threading.Thread(target=work, args=(key,)) for key in operator_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    return sorted(samples, key=lambda sample: sample.ms)


def _one(engine: sa.Engine, agent: Agent) -> Sample:
    settings, now = Settings({}), clock.utcnow()
    began = time.perf_counter()
    with Session(engine, expire_on_commit=False) as session, session.begin():
        claim = claim_next(session, agent, settings, now)
    took = (time.perf_counter() - began) * 1000
    assert isinstance(claim, Claim), claim
    with Session(engine) as session, session.begin():
        release_claim(session, agent, settings, now, session.merge(claim))
    return Sample(took, None)

"""Invented rings and their look-alikes, for the tests of verdicts and of what is written."""

from tests.judge.crowd import SETTINGS, Crowd, Group, Made, make

from stillhunt.judge.verdict import Trial, judge
from stillhunt.settings import JudgeSettings

QUESTIONS = {"single_turn": 1.0, "follow_up": 0.0, "new": 1.0}

RING = Group(
    accounts=30, exchanges=60, spread=0.2, pool=0.6, own=0.0, subject=0.0, task=1, rhythm=0.0,
    together=0.5, shares={"payment": 8}, signup=(100, 5), elicits=0.3, targets=0.9, **QUESTIONS,
)  # fmt: skip
"""A harvest of which every family speaks."""

ONLY = {
    "identity": Group(shares={"payment": 8, "device": 8}),
    "clock": Group(together=0.6, rhythm=0.0, spread=0.05),
    "content": Group(pool=0.6, own=0.0, subject=0.0, exchanges=100),
    "purpose": Group(elicits=0.4, targets=0.95, **QUESTIONS),
    "life_cycle": Group(signup=(100, 1)),
}
"""Groups that are odd in one family and ordinary in all others."""

LOOKALIKES = {
    "product": Crowd((
        Group(pool=0.5, subject=0.0, own=0.35, shares={"system": 1, "template": 1}, together=0.3,
              **QUESTIONS),
    )),
    "class": Crowd((
        Group(exchanges=20, spread=0.3, pool=0.4, own=0.2, subject=0.0, hour=10, together=0.4,
              shares={"block": 1, "domain": 1}, tier="education", signup=(60, 3)),
    )),
    "seats": Crowd((
        Group(exchanges=150, shares={"payment": 1, "block": 1, "domain": 1}, hour=9, rhythm=2.5,
              together=0.2, signup=(10, 4), targets=0.7),
    )),
    "harness": Crowd((
        Group(common=0.9, pool=0.6, own=0.0, subject=0.0, spread=0.0, exchanges=60, elicits=0.3,
              targets=0.9, concentration=0.7, **QUESTIONS),
    )),
    "hourly CI": Crowd((
        Group(new=0.05, rhythm=0.0, spread=0.1, exchanges=200, pool=0.6, own=0.1, subject=0.0,
              targets=0.9, single_turn=1.0, follow_up=0.0),
    )),
    "load test": Crowd((
        Group(new=0.01, exchanges=2000, spread=0.05, rhythm=1.5, hour=14, together=0.5, pool=0.6,
              own=0.1, subject=0.0, single_turn=1.0, follow_up=0.0, shares={"block": 1}),
    )),
    "aggregator": Crowd((
        Group(end_users=40, exchanges=300, clients=1, own=0.0, mixed=True, rhythm=0.0,
              shares={"block": 1}),
    )),
    "aggregator of single questions": Crowd((
        Group(end_users=40, exchanges=300, clients=1, own=0.0, mixed=True, rhythm=0.0,
              shares={"block": 1}, **QUESTIONS),
    )),
    "viral day": Crowd((Group(signup=(100, 2), targets=0.8),), viral=(100, 2, 300)),
    "migration": Crowd((Group(signup=(99.5, 2), together=0.3, targets=0.8),), release=100),
    "batch jobs": Crowd((
        Group(concentration=0.8, rhythm=0.0, spread=0.2, targets=0.9, **QUESTIONS),
    )),
}  # fmt: skip
"""What shares a great deal and is innocent."""


def hunt(crowd: Crowd, settings: JudgeSettings = SETTINGS) -> tuple[Made, list[Trial]]:
    """Return a crowd and the trials of what linking proposes in it."""
    made = make(crowd)
    return made, judge_once(made, settings)


_TRIALS: dict[tuple[int, str], tuple[Made, list[Trial]]] = {}  # a crowd held keeps its id


def judge_once(made: Made, settings: JudgeSettings) -> list[Trial]:
    """Return the trials of a crowd, held once."""
    key = (id(made), repr(settings))
    if key not in _TRIALS:
        # What linking may not propose is tried all the same.
        candidates = made.candidates() + ([made.ring] if made.rows else [])
        _TRIALS[key] = made, judge(made.scene, candidates, settings)
    return _TRIALS[key][1]


def named_ids(made: Made, trials: list[Trial]) -> set[str]:
    """Return the accounts of all campaigns among some trials."""
    return {name for trial in trials if trial.is_campaign for name in made.ids(trial.ring.members)}

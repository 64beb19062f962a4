"""From what a log adds up to, to names: link, judge, track. Of a whole log or of one so far."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from stillhunt.gathering import Clock, Log
from stillhunt.judge.naming import Named, name_trials
from stillhunt.judge.nulls import Nulls, size_below
from stillhunt.judge.scene import Scene, look
from stillhunt.judge.verdict import Trial, judge
from stillhunt.link.assemble import assemble
from stillhunt.link.rings import propose
from stillhunt.link.space import schedule_space, whiten
from stillhunt.memory import give_back
from stillhunt.population import Population, Ring
from stillhunt.progress import Stage
from stillhunt.settings import Settings
from stillhunt.tables import Track
from stillhunt.track.history import Now, Present, Release, follow
from stillhunt.track.identity import name_campaigns
from stillhunt.track.lineage import active, bearers
from stillhunt.track.profile import Likeness, from_table, profile_of, recognise

WAYS: Final = ("random", "pool")
"""Groups that a returning campaign is told from: any accounts, and accounts that ask alike."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier judgements left: the campaign of each account at the last one, and the track."""

    earlier: Mapping[str, str] = field(default_factory=dict)
    track: Track = field(default_factory=Track.empty)

    @staticmethod
    def of(accounts: pa.Table, track: Track) -> "Memory":
        """Return the memory of the last judgement; ``accounts`` as in ``accounts.parquet``."""
        held = accounts.filter(pc.is_valid(accounts["campaign_id"]))
        borne = (held[name].to_pylist() for name in ("account_id", "campaign_id"))
        return Memory(dict(zip(*borne, strict=True)), track)


@dataclass(frozen=True, slots=True)
class Decided:
    """The traffic as the judge saw it, who was named in it, and what is remembered from then on."""

    scene: Scene
    named: list[Named]
    track: Track


def decide(
    log: Log, memory: Memory, settings: Settings, secret: bytes, clock: Clock, at_us: int = 0
) -> Decided:
    """Return what comes of a log, judged at ``at_us``; 0: when its last exchange came.

    ``secret`` keys new ids.
    """
    # One thread: faster than several that wait for each other, and the same sums on any machine.
    with threadpool_limits(1, "blas"):
        with clock.stage("link", 2, "steps") as stage:
            scene, candidates = _link(log, settings, stage)
        with clock.stage("judge", len(candidates), "rings") as stage:
            named = name(scene, candidates, settings, secret, memory)
            stage.advance(len(candidates))
    at_us = at_us or int(scene.population.last_us.max(initial=0))
    return Decided(scene, named, _remember(memory.track, scene, named, log, at_us, settings))


def _link(log: Log, settings: Settings, stage: Stage) -> tuple[Scene, list[Ring]]:
    """Return the traffic as the judge sees it, and who may belong together."""
    threads = settings.engine.threads
    population = assemble(log.gathered, settings.link.seed, threads)
    give_back()
    stage.advance(1)
    content, schedule = whiten(population, threads), schedule_space(population)
    give_back()
    candidates = propose(population, content, schedule, settings.link, threads)
    give_back()
    scene = look(population, content, schedule, log.releases_us)
    give_back()
    stage.advance(1)
    return scene, candidates


def name(
    scene: Scene, candidates: Sequence[Ring], settings: Settings, secret: bytes, memory: Memory
) -> list[Named]:
    """Return the campaigns and suspects among the candidates, the strongest first.

    Campaigns that are remembered keep their ids, be it by their accounts or, when all of these
    are gone, by their profile. ``secret`` keys new ids.
    """
    trials = judge(scene, candidates, settings.judge, settings.engine.threads)
    members = [scene.population.account_id[trial.ring.members].tolist() for trial in trials]
    earlier = bearers(memory.track.roster) | dict(memory.earlier)
    borne = {earlier[one] for accounts in members for one in accounts if one in earlier}
    earlier |= _recalled(scene, trials, settings, memory.track, borne)
    return name_trials(scene, trials, name_campaigns(members, secret, earlier))


def _recalled(
    scene: Scene,
    trials: Sequence[Trial],
    settings: Settings,
    track: Track,
    borne: Collection[str],
) -> dict[str, str]:
    """Return accounts of new rings that match a campaign that is gone, and that campaign's id.

    Gone it is not while a ring of its own accounts is still there to bear its id (``borne``).
    """
    people, there = scene.population, active(track.history) | {*borne}
    gone = {name: one for name, one in from_table(track.profiles).items() if name not in there}
    known = pa.array(track.roster["account_id"].unique())
    accounts = [pa.array(people.account_id[t.ring.members], pa.string()) for t in trials]
    new = [
        k for k, ids in enumerate(accounts) if not pc.any(pc.is_in(ids, value_set=known)).as_py()
    ]
    if not gone or not new:
        return {}
    held_out = np.zeros(len(people), np.bool_)
    held_out[np.concatenate([trial.ring.members for trial in trials])] = True
    nulls, likeness = Nulls(scene, settings.judge, held_out, []), Likeness.of(people)
    found: dict[str, str] = {}
    for k in new:
        members = trials[k].ring.members
        size = size_below(members.size, settings.judge.largest_group)
        groups = [profile_of(people, g) for way in WAYS for g in nulls.groups(way, size)]
        name = recognise(likeness, gone, profile_of(people, members), groups, settings.judge)
        if name is not None:
            found |= dict.fromkeys(accounts[k].to_pylist(), name)
    return found


def _remember(
    track: Track, scene: Scene, named: Sequence[Named], log: Log, at_us: int, settings: Settings
) -> Track:
    """Return what is remembered of campaigns after a judgement."""
    people = scene.population
    ids = pa.array(people.account_id, pa.string())
    closed = log.events.filter(pc.equal(log.events["kind"], "account_closed"))
    place = pc.index_in(closed["subject"], value_set=ids).to_numpy()
    closed_us, is_known = np.zeros(len(people), np.int64), ~np.isnan(place)
    times = closed["time"].cast(pa.int64()).to_numpy()
    closed_us[place[is_known].astype(np.int64)] = times[is_known]
    releases = tuple(_releases(log.arrivals, people))
    now = Now(at_us, people, scene.content, closed_us, releases)
    present = [Present(one.campaign_id, one.members) for one in named if one.is_named.any()]
    return follow(track, now, present, settings.judge)


def _releases(arrivals: pa.Table, people: Population) -> Iterator[Release]:
    for row in arrivals.group_by(["name", "release_us"]).aggregate([]).sort_by("name").to_pylist():
        mine = arrivals.filter(
            pc.and_(
                pc.equal(arrivals["name"], row["name"]),
                pc.equal(arrivals["release_us"], row["release_us"]),
            )
        )
        account = np.searchsorted(people.keys, mine["account"].to_numpy())
        hour, new, total = (mine[name].to_numpy() for name in ("hour", "new", "total"))
        yield Release(row["name"], row["release_us"], account, hour, new, total)

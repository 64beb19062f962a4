"""From what a log adds up to, to names: link, judge, track. Of a whole log or of one so far."""

from collections.abc import Mapping, Sequence

from stillhunt.judge.naming import Named, name_trials
from stillhunt.judge.scene import Scene, look
from stillhunt.judge.verdict import judge
from stillhunt.link.assemble import Gathered, assemble
from stillhunt.link.rings import propose
from stillhunt.link.space import schedule_space, whiten
from stillhunt.population import Index, Ring
from stillhunt.progress import Silent, Stage
from stillhunt.settings import Settings
from stillhunt.track.identity import name_campaigns

_SILENT = Silent()


def link(
    gathered: Gathered, releases_us: Index, settings: Settings, stage: Stage = _SILENT
) -> tuple[Scene, list[Ring]]:
    """Return the traffic as the judge sees it, and who may belong together."""
    population = assemble(gathered, settings.link.seed)
    stage.advance(1)
    scene = look(population, whiten(population), schedule_space(population), releases_us)
    candidates = propose(population, scene.content, scene.schedule, settings.link)
    stage.advance(1)
    return scene, candidates


def name(
    scene: Scene,
    candidates: Sequence[Ring],
    settings: Settings,
    secret: bytes,
    earlier: Mapping[str, str],
) -> list[Named]:
    """Return the campaigns and suspects among the candidates, the strongest first.

    ``earlier`` maps accounts to the campaigns that they were in before, which keep their ids;
    ``secret`` keys new ids.
    """
    trials = judge(scene, candidates, settings.judge)
    members = [scene.population.account_id[trial.ring.members].tolist() for trial in trials]
    return name_trials(scene, trials, name_campaigns(members, secret, earlier))

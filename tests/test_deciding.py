"""What all flows share: names come out of candidates, and keep the ids that were borne before."""

from dataclasses import replace

from tests.judge.crowd import SETTINGS, Crowd, make
from tests.judge.rings import RING

from stillhunt.deciding import Memory, name
from stillhunt.settings import Settings

SECRET = b"a secret for tests alone"


def test_a_campaign_keeps_the_id_that_its_accounts_bore():
    made = make(Crowd((RING,)))
    settings = Settings(judge=SETTINGS.model_dump())
    (first,) = name(made.scene, [made.ring], settings, SECRET, Memory())
    ids = made.scene.population.account_id[first.members]
    (again,) = name(made.scene, [made.ring], settings, SECRET, Memory(dict.fromkeys(ids, "SH-old")))
    assert (again.campaign_id, again.verdict) == ("SH-old", "campaign")
    assert first.campaign_id != "SH-old"
    assert (
        replace(again, campaign_id=first.campaign_id).is_named.tolist() == first.is_named.tolist()
    )

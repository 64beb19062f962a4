"""How surprising the cards, devices, addresses and mailboxes are that the accounts share.

A hand that holds many accounts runs short of cards, phones and addresses. What outsiders share
too weighs little: log2 of how rarely one of them holds the same artefact.

Parameters      kinds: which artefacts count
Score           bits that two thirds of the accounts reach, summed over kinds, >= 0; or, of cards,
                devices and mailboxes, the mean of the better half of those left without the largest
                owners; none where no artefact is known
Innocent causes company seats, families, campuses, shared VPN exits
References      Fellegi and Sunter (1969): agreement weights
"""

from dataclasses import dataclass

import numpy as np

from stillhunt.judge.groups import owners, rank_value
from stillhunt.judge.scene import PERSONAL_KINDS, SEATS, Scene
from stillhunt.population import Floats, Index
from stillhunt.records import Family


@dataclass(frozen=True, slots=True)
class SharedIdentity:
    """Bits of shared artefacts per account."""

    kinds: tuple[str, ...] = ("payment", "device", "email", "address", "block")
    name: str = "shared_identity"
    family: Family = "identity"
    grain: float = 1.0

    def measure(self, scene: Scene, members: Index) -> float:
        """Return the bits, summed over kinds, that two thirds of the accounts reach, or more.

        Two thirds beyond those who may have a second account anyway: of outsiders it is known how
        many do. Where two or three accounts have a card, so many have met another with theirs only
        once most of a campaign is there, so what many small owners share may speak before.
        """
        known = [kind for kind in self.kinds if kind in scene.artefacts]
        if not known or not members.size:
            return float("nan")
        bits = {kind: self.bits_of(scene, kind, members) for kind in known}
        total = np.sum(list(bits.values()), axis=0)
        own = np.sum([bits.get(kind, 0 * total) for kind in PERSONAL_KINDS], axis=0)
        n_outside = max(scene.has_twin.size - members.size, 1)
        usual = np.count_nonzero(scene.has_twin) - np.count_nonzero(scene.has_twin[members])
        third = (1 - usual / n_outside) / 3
        return max(rank_value(total, third), _of_small_owners(scene, members, own, 1 - 2 * third))

    def bits_of(self, scene: Scene, kind: str, members: Index) -> Floats:
        """Return each member's most surprising shared artefact of one kind, in bits."""
        index = scene.artefacts[kind]
        entries = index.entries_of(members)
        best = np.zeros(members.size)
        if not entries.size:
            return best
        held, code, inside = np.unique(
            index.artefact[entries], return_inverse=True, return_counts=True
        )
        outside = index.holders[held] - inside
        n_out = max(len(scene.population) - members.size, 1)
        surprise = np.log2((n_out + 1) / (outside + 1))
        surprise[inside < 2] = 0
        np.maximum.at(best, np.searchsorted(members, index.account[entries]), surprise[code])
        return best

    def say(self, value: float, typical: float) -> str:
        """Return the sentence."""
        return (
            f"shared cards, devices, mailboxes and addresses surprise by {value:.1f} bits in two "
            "thirds of the accounts, or on average in half of those without the largest owners; "
            f"{typical:.1f} in comparison groups."
        )


def _of_small_owners(scene: Scene, members: Index, bits: Floats, ratio: float) -> float:
    """Return what the better half has of those who are left without the largest owners.

    These are left out whole: ``ratio`` of the accounts at the least, as no third speaks for the
    rest, and whoever has as many accounts as a company. What half of the rest reach is what two
    thirds of all do; its mean does not jump when one more meets another with its card.
    """
    fewest = ratio * members.size - 1e-6  # a third of 60 is 20
    if np.count_nonzero(bits) <= fewest:
        return 0.0
    _, owner, size = np.unique(owners(scene, members), return_inverse=True, return_counts=True)
    largest = np.argsort(-size, kind="stable")
    enough = 1 + int(np.searchsorted(np.cumsum(size[largest]), fewest))
    n_left_out = max(enough, np.count_nonzero(size >= SEATS))
    rest = np.sort(bits[~np.isin(owner, largest[:n_left_out])])
    return float(rest[rest.size // 2 :].mean()) if rest.size else 0.0

"""What is asked: from arrivals to the seeds of prompts, and whose habits each row follows."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stillhunt.records import CAPABILITIES, ELICITATIONS
from stillhunt.simulate import world
from stillhunt.simulate.cast import DAY_US, Cast, guest_of
from stillhunt.simulate.chance import F64, I64, U64, below, mix, normal, pick, unit
from stillhunt.simulate.clock import Arrivals
from stillhunt.simulate.grammar import SWITCHES, Prompts
from stillhunt.simulate.innocents import HABITS, N_AGENT_PRODUCTS
from stillhunt.simulate.library import HARVEST, INNOCENT, Library
from stillhunt.simulate.scenario import CampaignPlan, Scenario

B = npt.NDArray[np.bool_]
N_TOPICS: Final = 700
_FAVOURITES: Final = 4
_NEAR: Final = 50  # texts of a library that belong to one subject, where files are in order
_FREELY: Final = 10_000  # innocents draw from pools below this size as they like
_GENERAL: Final = CAPABILITIES.index("general")
_GRADING: Final = CAPABILITIES.index("grading")
_REASONING: Final = CAPABILITIES.index("reasoning")
_NOBODY: Final = CampaignPlan("nobody", 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked in each row of some arrivals, and whose settings it is sent with."""

    prompts: Prompts
    capability: I64
    application: U64  # the program that sends it, which has the settings
    end_user: U64  # 0: none declared
    is_cover: B
    is_chat: B
    text: I64  # place in the library; -1: the grammar makes it


@dataclass(frozen=True, slots=True)
class _Items:
    """Items of pools. ``number`` is -1 where an account keeps to a corner of the pool."""

    number: I64
    task: U64
    wish: U64  # decides what capability it asks for
    topic: U64
    family: U64  # the seed task that the item was grown from; 0: none


class Author:
    """Decides what is asked. Keeps how much has been served of each pool.

    A campaign has one pool, and each innocent who draws on one is on their own in it.
    """

    def __init__(self, scenario: Scenario, cast: Cast, library: Library | None = None) -> None:
        self.scenario, self.cast, self.library = scenario, cast, library
        self.served = np.zeros(len(cast) + len(scenario.campaigns), np.int64)
        self.plans = (*scenario.campaigns, _NOBODY)  # the last is that of innocents
        self.is_uniform = np.array([p.is_uniform and p is not _NOBODY for p in self.plans])

    def ask(self, arrivals: Arrivals, rng: np.random.Generator) -> Asked:
        """Return what these arrivals ask."""
        a, cast, who = arrivals, self.cast, arrivals.account
        fresh = rng.integers(0, 2**63, (2, len(who))).astype(np.uint64)
        is_cover = (cast.campaign[who] >= 0) & ~a.harvest
        is_chat = _chats(cast, self._of_plans("conversation_ratio"), a)
        persona, end_user = self._personas(a, is_cover)
        follows = is_chat & ~a.harvest & (a.turn > 0) & (unit(mix(fresh[1], 15)) < 0.6)
        follows &= is_cover | (cast.form[who] == 0)
        has_pool = (cast.pool[who] > 0) & ~is_cover
        capability = self._capabilities(a, persona, is_cover)
        topic = self._topics(a, persona, is_cover | (end_user > 0))
        task = fresh[0].copy()
        pooled = np.flatnonzero(has_pool)
        items = self._items(a, pooled, rng)
        topic[pooled], family = items.topic, np.zeros(len(who), np.uint64)
        task[pooled] = np.where(follows[pooled], task[pooled], items.task)
        family[pooled] = np.where(follows[pooled], 0, items.family)
        capability[pooled] = self._pool_capabilities(who[pooled], items.wish)
        deal, seeds, wish = (pooled, items.number), (topic, task), (capability, follows)
        text, capability = _texts(self, a, deal, seeds, wish)
        switches, template, phrase = self._forms(a, is_cover, fresh[1], task)
        switches[:, 0] = capability
        switches[:, 1] = self._languages(a, persona, is_cover | (end_user > 0))
        switches[:, 3] = self._elicit(a, capability, is_cover, task)
        is_agent = (cast.system[who] >= 0) & (cast.system[who] < N_AGENT_PRODUCTS) & ~is_cover
        switches[:, 4] = np.where(follows, np.where(is_agent, 2, 1), 0)
        is_person = (switches[:, 2] == 0) & ~a.harvest
        switches[:, 5] = is_person & (unit(mix(persona, 16)) < 0.12)
        switches[:, 6] = is_person * np.floor(unit(mix(persona, 17)) ** 4 * 25)
        capability = np.where(_is_everyday(switches) & (text < 0), _GENERAL, capability)
        voice, wording = self._voices(a, persona, has_pool & ~follows, (task, fresh[1]))
        size = np.exp(0.9 + 0.9 * normal(mix(task, 10)) + 0.5 * normal(mix(persona, 19)))
        prompts = Prompts(
            task, wording, voice, topic, template, phrase, family, switches,
            size.astype(np.float32),
        )  # fmt: skip
        return Asked(
            prompts, capability, self._applications(a, is_cover), end_user, is_cover, is_chat, text
        )

    def _hand(self, a: Arrivals) -> U64:
        """Return who writes and sets up each row: the person, or the campaign's one hand."""
        who = a.account
        is_one = self.is_uniform[self.cast.campaign[who]] & a.harvest
        return np.where(is_one, mix(self.cast.pool[who], 0x4A0D), self.cast.person[who])

    def _applications(self, a: Arrivals, is_cover: B) -> U64:
        """Return which of the account's few applications sends each session."""
        who = a.account
        n_apps = 1 + np.floor(-np.log(1 - unit(mix(self.cast.seed[who], 0xA9))) * 2.4)
        rank = below(mix(a.session, 8), n_apps) * below(mix(a.session, 9), n_apps) // n_apps
        own = mix(self.cast.person[who], 0xA99, rank.astype(np.int64))
        is_one = self.is_uniform[self.cast.campaign[who]] & a.harvest
        return np.where(is_one, self._hand(a), own)

    def _personas(self, a: Arrivals, is_cover: B) -> tuple[U64, U64]:
        """Return whose habits a row follows, and the end user where one is declared."""
        cast, who = self.cast, a.account
        (guest, customer), hand = guest_of(cast, who, a.session), self._hand(a)
        is_guest = is_cover | ((guest > 0) & ~a.harvest)
        persona = np.where(is_guest, customer, hand)
        has_users = cast.end_users[who] > 0
        u = unit(mix(a.session, 2))
        user = mix(cast.seed[who], 0xE0D, (u * u * cast.end_users[who]).astype(np.int64))
        persona = np.where(has_users, user, persona)
        return persona, np.where(has_users, user, 0).astype(np.uint64)

    def _languages(self, a: Arrivals, persona: U64, is_stranger: B) -> I64:
        """Return languages: the account's, its customers' own, or English after all."""
        cast, who = self.cast, a.account
        country = pick(mix(persona, 12), world.COUNTRY_WEIGHTS)
        own = np.where(unit(mix(persona, 13)) < 0.7, world.COUNTRY_LANGUAGES[country], 0)
        is_local = unit(mix(persona, 47)) < 1.6 * unit(mix(cast.seed[who], 48))
        language = np.where(is_stranger & ~is_local, own, cast.language[who])
        english = unit(mix(a.session, 14)) < 0.15
        return np.where(english & ~a.harvest, 0, language)

    def _capabilities(self, a: Arrivals, persona: U64, is_cover: B) -> I64:
        rank = np.minimum(
            below(mix(a.session, 3), 6) * below(mix(a.session, 4), 6) // 6, _FAVOURITES
        )
        habit = np.where(is_cover, 0, self.cast.habit[a.account])
        return _habitual(habit, mix(persona, 0xFA7, rank))

    def _topics(self, a: Arrivals, persona: U64, is_stranger: B) -> U64:
        """Return subjects: a few favourites of each person; a framed task has its own."""
        cast, who = self.cast, a.account
        n_topics = np.where(is_stranger, 2 + below(mix(persona, 24), 6), cast.n_topics[who])
        rank = below(mix(a.session, 5), n_topics) * below(mix(a.session, 6), n_topics) // n_topics
        topic = mix(persona, 7, rank) % np.uint64(N_TOPICS)
        return mix(0x70B1C, np.where(cast.form[who] == 1, mix(persona, 8, rank), topic))

    def _items(self, a: Arrivals, rows: I64, rng: np.random.Generator) -> _Items:
        """Return what the rows that draw on a pool ask for: a campaign deals its pool out once."""
        cast, who = self.cast, a.account[rows]
        campaign, pool, size = cast.campaign[who], cast.pool[who], cast.pool_size[who]
        is_innocent = campaign < 0
        nth = self._count_on(np.where(is_innocent, who, len(cast) + campaign), a.time_us[rows])
        item = np.where(is_innocent & cast.exact_burst[who], a.turn[rows], nth) % size
        overlap = self._of_plans("shard_overlap")[campaign]
        anywhere = (is_innocent & ~cast.exact_burst[who] & (size < _FREELY)) | (
            rng.random(len(rows)) < overlap
        )
        item = np.where(anywhere, (rng.random(len(rows)) ** 1.3 * size).astype(np.int64), item)
        task = mix(pool, 0x17E, item)
        corner, seeds = self._of_plans("corner_topics")[campaign], cast.seed_tasks[who]
        home, topics = mix(cast.seed[who], 0xC0), cast.pool_topics[who]
        near = below(home, topics) + below(mix(task, 1), np.maximum(corner, 1))
        number = np.where(corner > 0, near % topics, below(mix(task, 1), topics))
        # Forms of task stand in a row, and so do capabilities: each has its share of the forms.
        wish, share = mix(task, 2), corner / np.maximum(seeds, 1)
        beside = mix(home, 1) + (unit(wish) * np.minimum(share, 0.999) * 2.0**64).astype(np.uint64)
        wish = np.where((share > 0) & (share < 1), beside, wish)
        return _Items(
            number=np.where(corner > 0, -1, item), task=task, wish=wish,
            topic=mix(0x70B1C, mix(pool, 0x70, number) % np.uint64(N_TOPICS)),
            family=np.where(seeds > 0, mix(pool, 0xFA, below(wish, seeds)), np.uint64(0)),
        )  # fmt: skip

    def _count_on(self, owner: I64, time_us: I64) -> I64:
        """Return how many pool items each owner had before each row, in order of time."""
        order = np.lexsort((time_us, owner))
        counts = np.bincount(owner, minlength=len(self.served))
        first = np.cumsum(counts) - counts
        nth = np.empty(len(owner), np.int64)
        nth[order] = np.arange(len(owner)) - first[owner[order]]
        nth += self.served[owner]
        self.served += counts
        return nth

    def _pool_capabilities(self, who: I64, wish: U64) -> I64:
        """Return capabilities of pool items, as their wishes say."""
        campaign = self.cast.campaign[who]
        result = _habitual(self.cast.habit[who], wish)
        for number, plan in enumerate(self.plans[:-1]):
            rows = np.flatnonzero(campaign == number)
            result[rows] = pick(wish[rows], world.capability_weights(dict(plan.capabilities)))
        return result

    def _elicit(self, a: Arrivals, capability: I64, is_cover: B, task: U64) -> I64:
        """Return 0 or one more than the index into ``ELICITATIONS``."""
        who = a.account
        apt = np.isin(capability, (_REASONING, _GRADING)) | a.harvest
        share = np.where(is_cover, 0.02, self.cast.elicit[who]) * np.where(apt, 1.0, 0.1)
        kind = np.where(capability == _GRADING, 2, (unit(mix(task, 31)) < 0.06) * 3)
        for number, plan in enumerate(self.plans[:-1]):
            rows = np.flatnonzero(a.harvest & (self.cast.campaign[who] == number))
            kinds = np.array([ELICITATIONS.index(e) for e in plan.elicitations])
            kind[rows] = kinds[below(mix(task[rows], 32), len(kinds))]
        return np.where(unit(mix(task, 33)) < share, kind + 1, 0)

    def _forms(
        self, a: Arrivals, is_cover: B, wording: U64, task: U64
    ) -> tuple[npt.NDArray[np.int32], U64, U64]:
        """Return switches of which the form is set, the template and the phrase of each row."""
        cast, who = self.cast, a.account
        form = np.where(is_cover, 0, cast.form[who])
        turn = np.array([p.evade_at or np.inf for p in self.plans]) * self.scenario.days * DAY_US
        form = np.where(a.harvest & (a.time_us > turn[cast.campaign[who]]), 0, form)
        n_templates = self._of_plans("templates")[cast.campaign[who]]
        shared = mix(cast.pool[who], 0x7E, below(mix(task, 11), n_templates))
        template = np.where(a.harvest, shared, cast.template[who])
        switches = np.zeros((len(who), len(SWITCHES)), np.int32)
        switches[:, 2] = form > 0
        return switches, template, np.where(form == 1, template, mix(wording, 18))

    def _voices(
        self, a: Arrivals, persona: U64, is_item: B, seeds: tuple[U64, U64]
    ) -> tuple[U64, U64]:
        """Return voice and wording: a pool has generators; public benchmarks are verbatim."""
        cast, who = self.cast, a.account
        task, wording = seeds
        is_innocent = cast.campaign[who] < 0
        rephrases = is_innocent & (cast.chattiness[who] > 0)
        by_task = self.is_uniform[cast.campaign[who]] | is_innocent
        several = below(mix(task, 9), 5)
        generator = mix(cast.pool[who], np.where(by_task, several, below(cast.seed[who], 40)))
        verbatim = is_item & is_innocent & ~rephrases & (cast.form[who] == 0)
        return (
            np.where(is_item & ~rephrases, generator, persona),
            np.where(verbatim, mix(task, 35), wording),
        )

    def _of_plans(self, knob: str) -> F64:
        return np.array([getattr(plan, knob) for plan in self.plans])


def _chats(cast: Cast, ratios: F64, a: Arrivals) -> B:
    """Return which rows are sent within a conversation; ``ratios`` are those of the plans."""
    ratio = np.where(a.harvest, ratios[cast.campaign[a.account]], 1)
    is_chat: B = unit(mix(a.session, 70)) < cast.chattiness[a.account] * ratio
    return is_chat


def _is_everyday(switches: npt.NDArray[np.int32]) -> B:
    """Return whether a prompt is an everyday question of another language than English.

    For those the grammar has nothing else but problems to solve.
    """
    capability, language, form, turn = switches[:, :5].T[[0, 1, 2, 4]]
    is_it: B = (language > 0) & (form == 0) & (turn == 0) & (capability != _REASONING)
    return is_it


def _texts(
    author: Author,
    a: Arrivals,
    pooled: tuple[I64, I64],
    seeds: tuple[U64, U64],
    choice: tuple[I64, B],
) -> tuple[I64, I64]:
    """Return texts of the library, and what they ask for.

    A pool's items are texts in a row; people keep to a neighbourhood for each subject.
    Follow-ups come from the grammar.
    """
    wish, follows = choice
    if author.library is None:
        return np.full(len(wish), -1), wish
    (rows, item), (topic, task) = pooled, seeds
    number = below(mix(topic, 0x11B), 2**40) + below(mix(task, 0x11B), _NEAR)
    begin = below(mix(author.cast.pool[a.account[rows]], 0x11B), 2**40)
    number[rows] = np.where(item >= 0, begin + item, number[rows])
    text = author.library.place(np.where(a.harvest, HARVEST, INNOCENT), wish, number)
    told = np.where(follows, -1, author.library.capability[text])
    return np.where(follows, -1, text), np.where(told >= 0, told, wish)


def _habitual(habit: I64, wish: U64) -> I64:
    """Return capabilities that the mixes of these habits give to these wishes."""
    result = np.zeros(len(wish), np.int64)
    for number, shares in enumerate(HABITS):
        rows = np.flatnonzero(habit == number)
        weights = world.capability_weights({k: float(v) for k, v in shares.items()})
        result[rows] = pick(wish[rows], weights)
    return result

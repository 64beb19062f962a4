"""Write ``docs/scenarios.md`` from the scenarios' own classes; the tests fail when it is stale."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo

from stillhunt.simulate import PRESETS, CampaignPlan, Population, Scenario, scenario
from stillhunt.simulate.innocents import described
from stillhunt.simulate.mixes import MIXES, Mix
from stillhunt.simulate.scenario import PromptRules

INTRODUCTION = """# Scenarios

`stillhunt simulate SCENARIO --out DIR` writes request logs of an invented world, with campaigns
planted among innocents, and apart from them the truth: `DIR/truth/accounts.parquet` (`account_id`,
`class`, `campaign`, `kind`) and `DIR/truth/exchanges.parquet` (`exchange_id`, `account_id`,
`campaign`, `harvest`, `capability`); an account that sends nothing is in neither. The rest of the
folder is as [the contract](contract.md) wants it. A scenario is a preset's name or a TOML file. One
seed gives one log.

## Your own

```toml
# mine.toml: stillhunt simulate mine.toml --out traffic
extends = "hydra"              # a preset or a path beside this file; or a list of them
days = 21
innocents = {mix = "ordinary", accounts = 5000}

[[campaigns]]
name = "hydra"                 # one that hydra has: only these knobs change
cover_ratio = 0.9

[[campaigns]]                  # another, beside it
name = "cards"
accounts = 80
accounts_per_card = 8
capabilities = {coding = 0.7, reasoning = 0.3}
```

What a file says stands above what it extends; of several, the last. Campaigns of one name are
merged knob by knob, others are added; `innocents` are replaced. The presets are such files too, in
`src/stillhunt/simulate/presets`. `--scale 0.1` takes a tenth of all accounts and of the pools,
`--innocents 20000` so many innocents whatever the scale; classes keep their shares. A campaign is
not scaled below 20 accounts, for with fewer there is no telling many accounts from one; each then
does less, so that campaigns keep the proportions of their exchanges: at 1:100, `february` has
1,500, 34,000 and 130,000.

## How a pool was grown

Harvests that were made public are each made of a few forms of task: Self-Instruct grew 52,000
instructions from 175 seed tasks, and GSM8K's prompts are one kind of word problem. `seed_tasks`
says of how many forms a campaign's pool is: tasks of one form use two alternatives of each rule of
the grammar, while words, wording, frames and subjects stay free. Public benchmark sets, homework
and licensed training data have four forms, as campaigns have unless they say otherwise, so that
forms alone are no guilt.

Four is set by measurement: a logistic regression tells the presets' pools from everybody else's
prompts, at a base rate of 2 %, about as well as the lower quartile of seven real harvests, whose
AUC is 0.95 (the hardest 0.89, the median 0.99): with six forms `hydra` had 0.91, with four it has
0.945. [Realism](realism.md) has the figures of all. `burners` has 12 forms, of which each account
works two or three, its corner of the task space, and lies at the hard end of what is real.

`seed_tasks = 0` is the paraphraser's ideal: no forms at all, and an average precision of some 0.07
for `hydra`, harder than any harvest that was made public. It costs the attacker what forms buy:
every task must be thought of anew, none can be grown from another by a model or taken from a public
set, and nothing that a form is checked with (a unit test, a known answer, a rubric) serves the next
one.

## Prompts of your own

`--prompts DIR` reads every `.jsonl`, `.jsonl.gz` and `.jsonl.zst` in a folder; a line is an object
with `prompt`, and perhaps `capability` and `role`. They are held in memory, and take the place of
the grammar's prompts; short follow-ups within a conversation still come from the grammar.

A file serves campaigns or innocents (their own exchanges and a campaign's cover), never both unless
`[prompts]` says so. Without that table, files whose lines have the role `distill` serve campaigns
and the others innocents. A text serves rows that ask for its capability; where none does, any of
its side. A text that says what it asks for has the last word: the truth says so too.

A campaign deals out its files in order of time, a text to a request, and begins again at their end,
so texts repeat where it asks for more than the files hold; with `corner_topics`, accounts keep to
neighbourhoods of them, as people do. `template` puts the grammar's frames, fixed or paraphrased,
around the texts. Few texts among many innocents mean that innocents repeat each other, which real
ones seldom do: give more.

## Arrivals of your own

`--traces DIR` reads CSV files with a column `TIMESTAMP`, one request a line (Azure's LLM inference
traces), and Parquet files with `client_id`, `t_s` and `rate_rps` (ServeGen's clients; `t_s` counts
from a Monday). Whoever has people's hours (`home` and `office` clocks, and campaigns with the
schedule `human`) then follows the week of one recorded client, in local time, and pauses within
a session have recorded gaps; how much an account does stays as the scenario says. A CSV file that
lasts less than a week gives gaps only. Machines and other schedules keep their own hours.

This page is made from `src/stillhunt/simulate` by `make docs`.
"""


def page() -> str:
    """Return the page in Markdown: presets, classes, then one table for each group of keys."""
    return "\n".join(
        [
            INTRODUCTION,
            *_presets(),
            *_classes(),
            *_keys("Keys of a scenario", Scenario, {"name"}),
            *_keys("[[innocents]]: one class", Population),
            *_keys("[[innocents]]: a mix", Mix),
            *_keys("[[campaigns]]", CampaignPlan),
            *_keys("[prompts]", PromptRules),
        ]
    )


def _presets() -> Iterator[str]:
    yield "## Presets\n"
    yield "| name | innocents | planted | days | what for |"
    yield "|---|--:|--:|--:|---|"
    for name in PRESETS:
        one = scenario(name)
        people = sum(p.accounts for p in one.innocents)
        planted = sum(c.accounts for c in one.campaigns)
        yield f"| `{name}` | {people:,} | {planted:,} | {one.days} | {one.about} |"
    yield "\n`demo` and `february` are loud: one column, or one count per account, tells them. A"
    yield "test sees to it that the other presets cannot be solved in that way.\n"


def _classes() -> Iterator[str]:
    yield "## Classes of innocents\n"
    yield f"| class | {' | '.join(MIXES)} | how it behaves |"
    yield f"|---|{'--:|' * len(MIXES)}---|"
    for kind, text in described().items():
        shares = (f"{100 * mix[kind][0]:.3g} %" if kind in mix else "" for mix in MIXES.values())
        yield f"| `{kind}` | {' | '.join(shares)} | {text} |"
    yield ""


def _keys(title: str, kind: Any, left_out: AbstractSet[str] = frozenset()) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| key | default | may be | meaning |"
    yield "|---|---|---|---|"
    fields: dict[str, FieldInfo] = kind.__pydantic_fields__
    for name, field in fields.items():
        if name not in left_out:
            default = "needed" if field.is_required() else f"`{_written(field.default)}`"
            yield f"| `{name}` | {default} | {_range(field)} | {field.description} |"
    yield ""


def _written(value: Any) -> str:
    """Return a default as TOML writes it."""
    if isinstance(value, PromptRules) or value == ():
        return "none"
    if isinstance(value, tuple) and isinstance(value[0], tuple):
        return "{" + ", ".join(f"{k} = {v}" for k, v in value) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{v}"' for v in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat()
    return f'"{value}"' if isinstance(value, str) else f"{value}"


def _range(field: FieldInfo) -> str:
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    bounds = [
        f"{sign} {getattr(one, name)}"
        for one in field.metadata
        for name, sign in signs.items()
        if hasattr(one, name)
    ]
    return ", ".join(bounds) or ", ".join(f"`{a}`" for a in get_args(field.annotation) if
                                          isinstance(a, str))  # fmt: skip


if __name__ == "__main__":
    target = Path(__file__).parents[1] / "docs" / "scenarios.md"
    target.write_text(page(), encoding="utf-8")

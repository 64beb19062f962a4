"""Write a scenario as contract tables, and the truth apart from them, day by day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stillhunt.progress import Progress, Silent
from stillhunt.records import CAPABILITIES
from stillhunt.simulate import world
from stillhunt.simulate.campaigns import campaign
from stillhunt.simulate.cast import DAY_US, SLOTS, Cast, join
from stillhunt.simulate.chance import I64, below, mix, pick, tokens, unit
from stillhunt.simulate.clock import Plans, arrivals
from stillhunt.simulate.content import Author
from stillhunt.simulate.grammar import SWITCHES, Grammar, Prompts, grammar
from stillhunt.simulate.innocents import N_AGENT_PRODUCTS, N_SYSTEMS, innocent
from stillhunt.simulate.library import Library
from stillhunt.simulate.parameters import N_AGENT_TOOLKITS, N_TOOLKITS, Rows, send
from stillhunt.simulate.scenario import CLASSES, Scenario
from stillhunt.simulate.traces import Traces
from stillhunt.tables import ACCOUNTS, EVENTS, EXCHANGES, TIME

TRUTH_ACCOUNTS: Final = pa.schema(
    [("account_id", pa.string()), ("class", pa.string()), ("campaign", pa.string()),
     ("kind", pa.string())]
)  # fmt: skip
TRUTH_EXCHANGES: Final = pa.schema(
    [("exchange_id", pa.string()), ("account_id", pa.string()), ("campaign", pa.string()),
     ("harvest", pa.bool_()), ("capability", pa.string())]
)  # fmt: skip

_PIECE_ROWS: Final = 500_000
"""Arrivals of one day that are thought out together."""
_BATCH_ROWS: Final = 32_768
_PART_ROWS: Final = 500_000
_STOPS: Final = ("end_turn", "max_tokens", "tool_use")
_STATUS: Final = ("ok", "rate_limited", "error")
_SILENT: Final = Silent()
_PLAIN: Final = ("prompt", "exchange_id", "session_id", "end_user")


@dataclass(frozen=True, slots=True)
class Sources:
    """What a scenario is made from besides its own chance; None: the grammar, the model."""

    library: Library | None = None
    traces: Traces | None = None


def write(
    scenario: Scenario,
    out_dir: Path,
    seed: int,
    sources: Sources = Sources(),
    progress: Progress = _SILENT,
    days: range | None = None,
) -> None:
    """Write ``exchanges/part-*.parquet``, ``accounts.parquet``, ``events.parquet`` and ``truth/``.

    The same scenario, seed and sources give the same tables. What is held in memory grows with
    the accounts and the arrivals of one day, not with the days. The folder is made; files of the
    same names are overwritten. With ``days``, only the exchanges of these days are written, the
    same as in the whole: several processes can share the work.
    """
    days = range(scenario.days) if days is None else days
    cast = cast_of(scenario, seed)
    names = _Names.of(scenario, cast, seed, sources)
    (out_dir / "exchanges").mkdir(parents=True, exist_ok=True)
    (out_dir / "truth").mkdir(parents=True, exist_ok=True)
    for stale in (out_dir / "exchanges").glob("part-*.parquet"):
        stale.unlink()
    start_us = _micros(scenario.start)
    order = _write_accounts(cast, names, start_us, out_dir)
    _write_events(scenario, cast, names, start_us, out_dir)
    author, is_seen = Author(scenario, cast, sources.library), np.zeros(len(cast), np.bool_)
    truth = out_dir / "truth" / "exchanges.parquet"
    with (
        _Parts(out_dir / "exchanges") as parts,
        pq.ParquetWriter(truth, TRUTH_EXCHANGES, compression="zstd") as truths,
        progress.stage("simulate", len(days), "days") as stage,
    ):
        for day in days:
            for rows in _rows_of(day, names, author, seed):
                is_seen[rows.account] = True
                batch, truth_batch = names.batch(rows, start_us)
                parts.add(batch)
                truths.write_batch(truth_batch)
            stage.advance(1)
    _write_truth(cast, names, order[is_seen[order]], out_dir)


def _rows_of(day: int, names: "_Names", author: Author, seed: int) -> Iterator[Rows]:
    """Yield the exchanges of one day in order of time, a batch at a time."""
    scenario, cast = author.scenario, author.cast
    rng = np.random.default_rng([seed, day])
    made = arrivals(cast, names.plans, day, (scenario.start.weekday() + day) % 7, rng)
    in_time = np.argsort(made.time_us, kind="stable")
    for begin in range(0, len(in_time), _PIECE_ROWS):
        piece = made.part(np.sort(in_time[begin : begin + _PIECE_ROWS]))
        rows = send(scenario, cast, piece, author.ask(piece, rng))
        order = np.argsort(rows.time_us, kind="stable")
        for at in range(0, len(order), _BATCH_ROWS):
            yield rows.part(order[at : at + _BATCH_ROWS])


def cast_of(scenario: Scenario, seed: int) -> Cast:
    """Return all accounts of a scenario, innocents first."""
    parts = [innocent(p, seed, n, scenario.days) for n, p in enumerate(scenario.innocents)]
    parts += [campaign(c, seed, n, scenario.days) for n, c in enumerate(scenario.campaigns)]
    return join(parts)


class _Parts:
    """A row of Parquet files, a new one when the last is full."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.number, self.rows = folder, 0, 0
        self.writer: pq.ParquetWriter | None = None

    def __enter__(self) -> "_Parts":
        return self

    def __exit__(self, *_: object) -> None:
        if self.writer is not None:
            self.writer.close()

    def add(self, batch: pa.RecordBatch) -> None:
        """Write a batch."""
        if self.writer is None or self.rows >= _PART_ROWS:
            self.__exit__()
            path = self.folder / f"part-{self.number:05d}.parquet"
            plain = [name for name in EXCHANGES.names if name not in (*_PLAIN, "tools", "time")]
            self.writer = pq.ParquetWriter(
                path, EXCHANGES, compression="zstd", compression_level=1, use_dictionary=plain
            )
            self.number, self.rows = self.number + 1, 0
        self.writer.write_batch(batch)
        self.rows += len(batch)


@dataclass(frozen=True, slots=True)
class _Names:
    """What indices stand for, as Arrow arrays to take from."""

    cast: Cast
    plans: Plans
    library: Library | None
    grammar: Grammar
    seed: int
    account: pa.StringArray
    org: pa.StringArray
    key: pa.StringArray
    address: pa.StringArray
    is_silent: npt.NDArray[np.bool_]
    system: pa.StringArray
    system_bytes: I64
    toolkit: pa.ListArray
    n_tools: I64
    user_agent: pa.StringArray
    ja4: pa.StringArray
    campaign: pa.StringArray

    @staticmethod
    def of(scenario: Scenario, cast: Cast, seed: int, sources: Sources) -> "_Names":
        """Return the names of a scenario's cast."""
        plans = scenario.campaigns
        cover = np.array([p.cover_ratio for p in plans] + [0.0])
        compiled = grammar()
        system = _systems(compiled, seed)
        toolkit, n_tools = _toolkits(seed)
        software = world.clients()
        return _Names(
            cast, Plans(cover[cast.campaign], sources.traces),
            sources.library, compiled, seed,
            _text(tokens(mix(cast.seed, 0x1D), "acct_")),
            _text(tokens(mix(cast.org, 3), "org_", 6)),
            _text(tokens(mix(cast.seed[:, None], 0x4E, np.arange(SLOTS)).ravel(), "key_", 6)),
            _addresses(cast), unit(mix(cast.client[:, 0], 0x5E55)) < 0.2, system,
            _bytes_of(system),
            toolkit, n_tools, pa.array(software.user_agents), pa.array(software.ja4),
            pa.array([p.name for p in plans] or [""]),
        )  # fmt: skip

    def batch(self, rows: Rows, start_us: int) -> tuple[pa.RecordBatch, pa.RecordBatch]:
        """Return exchanges as contract rows, and the truth of them."""
        who = rows.account
        ids = _text(tokens(mix(self.seed, rows.session, rows.time_us, who, 0xEC), "ex_", 12))
        arrays = {"exchange_id": ids, "account_id": self.account.take(pa.array(who))}
        arrays |= self._who_and_where(rows) | self._what(rows)
        arrays["time"] = pa.array(rows.time_us + start_us, pa.int64()).cast(TIME)
        arrays["response"] = pa.nulls(len(who), pa.string())
        arrays["top_p"] = pa.nulls(len(who), pa.float32())
        arrays["n_images"] = pa.nulls(len(who), pa.int32())
        truth = [
            ids, arrays["account_id"],
            self.campaign.take(_nullable(self.cast.campaign[who])), pa.array(rows.harvest),
            pa.array(CAPABILITIES).take(pa.array(rows.capability)),
        ]  # fmt: skip
        return (
            pa.RecordBatch.from_arrays([arrays[n] for n in EXCHANGES.names], schema=EXCHANGES),
            pa.RecordBatch.from_arrays(truth, schema=TRUTH_EXCHANGES),
        )

    def _who_and_where(self, rows: Rows) -> dict[str, pa.Array]:
        """Return the columns of identity, address and client."""
        who = rows.account
        place = who * SLOTS + rows.slot
        key = who * SLOTS + pick(mix(rows.session, 0x4E1), (85, 10, 5))
        network = self.cast.network.ravel()[place]
        client = self.cast.client.ravel()[place]
        return {
            "session_id": _text(tokens(rows.session, "", 8), self.is_silent[who]),
            "org_id": self.org.take(pa.array(who)),
            "key_id": self.key.take(pa.array(key)),
            "end_user": _text(tokens(mix(rows.end_user, 1), "", 6), rows.end_user == 0),
            "ip": self.address.take(pa.array(place)),
            "country": pa.array(world.COUNTRY_CODES).take(pa.array(world.ASN_COUNTRY[network])),
            "asn": pa.array(world.ASN_NUMBERS[network].astype(np.int32)),
            "user_agent": self.user_agent.take(pa.array(client)),
            "tls_ja4": self.ja4.take(pa.array(client)),
        }

    def _what(self, rows: Rows) -> dict[str, pa.Array]:
        """Return the columns of text, parameters and usage, which agree with each other."""
        if self.library is None:
            prompt = self.grammar.render("prompt", rows.prompts)
        else:
            prompt = self.library.render(self.grammar, rows.prompts, rows.text)
        system_bytes = np.where(rows.system >= 0, self.system_bytes[rows.system], 0)
        n_tools = np.where(rows.toolkit >= 0, self.n_tools[rows.toolkit], 0)
        read = _bytes_of(prompt) / 3.9 + system_bytes / 4.2 + n_tools * 85 + 6
        read += rows.history_tokens
        is_ok = rows.status == 0
        is_cut = (rows.max_tokens > 0) & (rows.output_tokens >= rows.max_tokens)
        is_call = (n_tools > 0) & (unit(mix(rows.prompts.wording, 53)) < 0.45)
        reason = np.where(is_cut, 1, np.where(is_call, 2, 0))
        return {
            "prompt": prompt,
            "model": pa.array(world.MODELS).take(pa.array(rows.model)),
            "system": self.system.take(_nullable(rows.system)),
            "n_turns": pa.array(rows.n_turns.astype(np.int32)),
            "n_tools": pa.array(n_tools.astype(np.int32)),
            "tools": self.toolkit.take(pa.array(np.maximum(rows.toolkit, -1) + 1)),
            "temperature": pa.array(
                rows.temperature.astype(np.float32), mask=np.isnan(rows.temperature)
            ),
            "max_tokens": pa.array(rows.max_tokens.astype(np.int32), mask=rows.max_tokens == 0),
            "input_tokens": pa.array(read.astype(np.int32)),
            "output_tokens": pa.array(np.where(is_ok, rows.output_tokens, 0).astype(np.int32)),
            "stop_reason": pa.array(_STOPS).take(pa.array(reason, mask=~is_ok)),
            "status": pa.array(_STATUS).take(pa.array(rows.status)),
        }


def _text(
    values: npt.NDArray[np.bytes_], nulls: npt.NDArray[np.bool_] | None = None
) -> pa.StringArray:
    """Return ASCII bytes of one width as strings, without copying each."""
    width = values.dtype.itemsize
    offsets = np.arange(len(values) + 1, dtype=np.int32) * width
    data = pa.py_buffer(np.ascontiguousarray(values))
    bits = None
    if nulls is not None:
        bits = pa.py_buffer(np.packbits(~nulls, bitorder="little"))
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), data, bits)


def _bytes_of(texts: pa.StringArray) -> I64:
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[: len(texts) + 1]
    return np.diff(offsets).astype(np.int64)


def _nullable(index: I64) -> pa.Int64Array:
    return pa.array(index, mask=index < 0)


def _addresses(cast: Cast) -> pa.StringArray:
    is_v6 = np.repeat(unit(mix(cast.network[:, 0], cast.block[:, 0], 0x66)) < 0.15, SLOTS)
    columns = (cast.network.ravel(), cast.block.ravel(), cast.host.ravel(), is_v6)
    return pa.array(
        [world.address_text(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]
    )


def _seeds(count: int, seed: int, salt: int) -> Prompts:
    row = np.arange(count)
    task, wording, voice, topic, template, phrase = (mix(seed, salt, row, k) for k in range(6))
    family = np.zeros(count, np.uint64)
    switches = np.zeros((count, len(SWITCHES)), np.int32)
    size = np.ones(count, np.float32)
    return Prompts(task, wording, voice, topic, template, phrase, family, switches, size)


def _systems(compiled: Grammar, seed: int) -> pa.StringArray:
    agents = compiled.render("agent_system", _seeds(N_AGENT_PRODUCTS, seed, 0xA6))
    others = compiled.render("system", _seeds(N_SYSTEMS, seed, 0x57))
    return pa.concat_arrays([agents, others])


def _toolkits(seed: int) -> tuple[pa.ListArray, I64]:
    """Return lists of tool names; number 0 is empty, the next belong to agents."""
    sizes = 1 + below(mix(seed, 0x701, np.arange(N_TOOLKITS)), 6)
    sizes[:N_AGENT_TOOLKITS] += 7
    sizes = np.concatenate([[0], sizes])
    names = grammar().render("tool_name", _seeds(int(sizes.sum()), seed, 0x702))
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), names), sizes[1:]


def _write_accounts(cast: Cast, names: _Names, start_us: int, out_dir: Path) -> I64:
    """Write the accounts in an order that tells nothing; return that order."""
    mail = np.where(cast.mail < 0, len(world.MAIL_DOMAINS), cast.mail)
    company = _text(tokens(mix(cast.org, 9), "", 4)).to_pylist()
    domains = [
        f"{company[i]}.example" if m == len(world.MAIL_DOMAINS) else world.MAIL_DOMAINS[m]
        for i, m in enumerate(mail.tolist())
    ]
    no_card = (cast.card == 0) | (unit(mix(cast.seed, 0xC0)) < 0.08)
    no_device = (cast.device == 0) | (unit(mix(cast.seed, 0xC1)) < 0.25)
    table = pa.table(
        [
            names.account, pa.array(cast.created_us + start_us, pa.int64()).cast(TIME), names.org,
            pa.array(domains), _text(tokens(mix(cast.seed, 0xC2), "", 16)),
            _text(tokens(mix(cast.card, 0xC3), "pm_"), no_card),
            _text(tokens(mix(cast.device, 0xC4), "dev_"), no_device),
            pa.array(world.COUNTRY_CODES).take(pa.array(cast.country)),
            pa.array(world.TIERS).take(pa.array(cast.tier)), pa.array(cast.verified),
            pa.array(cast.trusted),
        ],
        schema=ACCOUNTS,
    )  # fmt: skip
    order = np.argsort(mix(cast.seed, 0xC5))
    pq.write_table(table.take(pa.array(order)), out_dir / "accounts.parquet", compression="zstd")
    return order


def _write_truth(cast: Cast, names: _Names, order: I64, out_dir: Path) -> None:
    """Write the truth of the accounts at these places: those that sent anything."""
    is_campaign = cast.campaign >= 0
    truth = pa.table(
        [
            names.account, pa.array([*CLASSES, "campaign"]).take(pa.array(cast.kind)),
            names.campaign.take(_nullable(cast.campaign)),
            pa.array(["extraction"]).take(_nullable(np.where(is_campaign, 0, -1))),
        ],
        schema=TRUTH_ACCOUNTS,
    )  # fmt: skip
    pq.write_table(
        truth.take(pa.array(order)), out_dir / "truth" / "accounts.parquet", compression="zstd"
    )


def _write_events(
    scenario: Scenario, cast: Cast, names: _Names, start_us: int, out_dir: Path
) -> None:
    closed = np.flatnonzero(cast.closed & (cast.to_us < scenario.days * DAY_US) & (cast.to_us > 0))
    times = (cast.to_us[closed] + start_us).tolist()
    kinds = ["account_closed"] * len(times)
    subjects = names.account.take(pa.array(closed)).to_pylist()
    if scenario.release_day:
        times.append(start_us + round(scenario.release_day * DAY_US))
        kinds.append("model_release")
        subjects.append(world.MODELS[world.NEWEST])
    table = pa.table(
        [
            pa.array(times, pa.int64()).cast(TIME),
            kinds,
            subjects,
            pa.nulls(len(times), pa.string()),
        ],
        schema=EVENTS,
    )
    pq.write_table(table.sort_by("time"), out_dir / "events.parquet", compression="zstd")


def _micros(moment: datetime) -> int:
    return round(moment.timestamp()) * 1_000_000

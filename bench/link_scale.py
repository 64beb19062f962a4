"""Linking and judging alone, from fingerprints: how time and memory grow with the accounts.

``python bench/link_scale.py [--accounts 100000 300000 1000000] [--write]`` invents fingerprints of
so many accounts, twenty uses each, one ring of 2 % among them, then links and judges them; each
size in a process of its own. The same graph goes to other tools that find communities.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from threadpoolctl import threadpool_limits

from fingerprints import USES_EACH, fingerprints
from speed import write_page
from stillhunt.judge.scene import look
from stillhunt.judge.verdict import judge
from stillhunt.link.assemble import Gathered, assemble
from stillhunt.link.rings import propose
from stillhunt.link.space import schedule_space, whiten
from stillhunt.memory import give_back
from stillhunt.settings import load

BEGIN, END = "<!-- link: made by bench/link_scale.py -->", "<!-- end of link -->"
SIZES: Final = (100_000, 300_000, 1_000_000)


class Lap:
    """Wall and CPU seconds since it was last asked."""

    def __init__(self) -> None:
        self.times = time.perf_counter(), time.process_time()

    def __call__(self) -> tuple[float, float]:
        """Return the seconds and start anew."""
        before, self.times = self.times, (time.perf_counter(), time.process_time())
        return self.times[0] - before[0], self.times[1] - before[1]


def measure(n: int) -> dict[str, Any]:
    """Return what linking and judging ``n`` accounts cost, step by step, and what was found."""
    gathered, crowd = fingerprints(n)
    in_ring = crowd.keys[crowd.in_ring]
    del crowd
    settings, steps, lap = load(None, {}, {}), {}, Lap()
    threads = settings.engine.threads
    population = assemble(gathered, settings.link.seed, threads)
    del gathered
    give_back()
    steps["assemble"] = lap()
    content, schedule = whiten(population, threads), schedule_space(population)
    give_back()
    steps["spaces"] = lap()
    candidates = propose(population, content, schedule, settings.link, threads)
    give_back()
    steps["candidates"] = lap()
    scene = look(population, content, schedule, np.zeros(0, np.int64))
    give_back()
    trials = judge(scene, candidates, settings.judge, threads)
    steps["judge"] = lap()
    named = {key for trial in trials for key in population.keys[trial.ring.members].tolist()}
    return {
        "steps": steps,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "found": len(named & set(in_ring.tolist())) / in_ring.size,
        "strays": len(named - set(in_ring.tolist())),
    }


def peer(n: int, name: str) -> dict[str, Any]:
    """Return what one other tool needs for communities of the graph of uses, once it is built."""
    gathered, _ = fingerprints(n)
    left, right, n_nodes = _graph(gathered)
    run = PEERS[name](left, right, n_nodes)
    lap = Lap()
    run()
    return {
        "steps": {name: lap()},
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def _graph(gathered: Gathered) -> tuple[Any, Any, int]:
    """Return the bipartite graph of accounts and artefacts as two columns of node numbers."""
    keys = gathered.vectors[0]
    left, right, n_nodes = [], [], keys.size
    uses = gathered.uses
    kind = np.concatenate([np.asarray(c.indices) for c in uses["kind"].chunks])
    account, artefact = uses["account"].to_numpy(), uses["key"].to_numpy()
    for code in range(len(USES_EACH)):
        left.append(np.searchsorted(keys, account[kind == code]))
        _, node = np.unique(artefact[kind == code], return_inverse=True)
        right.append(node + n_nodes)
        n_nodes += int(node.max()) + 1
    return np.concatenate(left), np.concatenate(right), n_nodes


def _components(left: Any, right: Any, n: int) -> Callable[[], object]:
    graph = coo_matrix((np.ones(left.size, np.int8), (left, right)), (n, n)).tocsr()
    return lambda: connected_components(graph, directed=False)


def _networkit(way: str) -> Callable[[Any, Any, int], Callable[[], object]]:
    def prepare(left: Any, right: Any, n: int) -> Callable[[], object]:
        import networkit  # noqa: PLC0415 - only where it is asked for

        networkit.setNumberOfThreads(2)
        graph = networkit.GraphFromCoo((left, right), n=n)
        run: Callable[[], object] = getattr(networkit.community, way)(graph).run
        return run

    return prepare


def _graspologic(left: Any, right: Any, _: int) -> Callable[[], object]:
    import graspologic_native  # noqa: PLC0415 - only where it is asked for

    edges = [(str(a), str(b), 1.0) for a, b in zip(left.tolist(), right.tolist(), strict=True)]
    return lambda: graspologic_native.leiden(edges, seed=1)


PEERS: Final = {
    "SciPy connected components": _components,
    "networkit label propagation": _networkit("PLP"),
    "networkit Leiden": _networkit("ParallelLeiden"),
    "graspologic-native Leiden": _graspologic,
}


def row(name: str, cost: dict[str, Any]) -> str:
    """Return one line of the table."""
    wall, cpu = (sum(step[k] for step in cost["steps"].values()) for k in (0, 1))
    said = ""
    if "found" in cost:
        said = f"{cost['found']:.0%} of the ring, {cost['strays']} strays"
    return f"| {name} | {wall:.1f} s | {cpu:.1f} s | {cost['peak_bytes'] / 1e9:.2f} GB | {said} |"


def child(*given: str) -> dict[str, Any]:
    """Return what this program says of one size or one peer, from a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", *given], stdout=subprocess.PIPE, check=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--accounts", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--peers", nargs="*", default=list(PEERS), help="other tools, by name")
    parser.add_argument("--one", nargs="+", help="a size, and a peer or none: for itself")
    parser.add_argument("--write", action="store_true", help="update docs/performance.md")
    given = parser.parse_args()
    if given.one:
        n, *name = given.one
        with threadpool_limits(1, "blas"):  # as in a hunt
            print(json.dumps(peer(int(n), name[0]) if name else measure(int(n))))
        return
    lines = [
        "From fingerprints to verdicts; twenty uses an account, one ring of 2 % of them. Other "
        "tools: the largest graph, once it is built.",
        "",
        "| | wall | CPU | peak memory | |",
        "|---|--:|--:|--:|---|",
    ]
    for n in given.accounts:
        cost = child(str(n))
        lines.append(row(f"{n:,} accounts, {n * sum(USES_EACH.values()):,} uses", cost))
        for step, (wall, cpu) in cost["steps"].items():
            lines.append(f"| – {step} | {wall:.1f} s | {cpu:.1f} s | | |")
    lines += [row(name, child(str(max(given.accounts)), name)) for name in given.peers]
    print("\n".join(lines))
    if given.write:
        write_page("\n".join(lines), BEGIN, END)


if __name__ == "__main__":
    main()

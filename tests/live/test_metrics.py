import urllib.error
import urllib.request

import pytest
from prometheus_client import parser

from stillhunt.errors import SettingsError
from stillhunt.live.metrics import ALIVE_S, Figures, Pulse, served, text_of


def asked(port: int | None, page: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_figures_are_shown_as_prometheus_reads_them() -> None:
    figures = Figures(exchanges_total=12_345_678_901, judgement_seconds=0.25)
    with served(figures, Pulse(), 0) as port:
        code, text = asked(port, "/metrics")
        figures.segments = 3
        later = asked(port, "/metrics")[1]
    families = {family.name: family for family in parser.text_string_to_metric_families(text)}
    assert code == 200
    assert families["stillhunt_exchanges"].type == "counter"
    assert families["stillhunt_exchanges"].samples[0].value == 12_345_678_901
    assert families["stillhunt_judgement_seconds"].samples[0].value == 0.25
    assert "stillhunt_segments 3\n" in later


def test_health_is_told_by_the_pulse_of_the_loop() -> None:
    pulse = Pulse()
    with served(Figures(), pulse, 0) as port:
        assert asked(port, "/healthz") == (200, "ok\n")
        pulse.at_s -= ALIVE_S
        assert asked(port, "/healthz")[0] == 503
        pulse.beat()
        assert asked(port, "/healthz")[0] == 200
        assert asked(port, "/other")[0] == 404


def test_a_port_that_is_taken_is_told_in_a_sentence() -> None:
    with served(Figures(), Pulse(), 0) as port:
        taken = pytest.raises(SettingsError, match=f"--metrics-port {port}: a free port")
        with taken, served(Figures(), Pulse(), port):
            pass
    with served(Figures(), Pulse(), None) as nowhere:
        assert nowhere is None
    assert text_of(Figures()).endswith("\n")

import sys
import time
from pathlib import Path

from stillhunt.live.notifying import Notifier, words_of

COPY = "import sys, pathlib; pathlib.Path(sys.argv[1]).open('a').write(sys.stdin.read())"


def test_each_line_goes_to_the_input_of_a_call_of_its_own_without_a_shell(tmp_path: Path) -> None:
    complaints: list[str] = []
    place = tmp_path / "told; rm $HOME"
    notifier = Notifier((sys.executable, "-c", COPY, str(place)), complaints.append)
    for line in ('{"kind": "found"}', '{"kind": "grew"}'):
        notifier.tell(line)
    notifier.close(is_patient=True)
    assert place.read_text() == '{"kind": "found"}\n{"kind": "grew"}\n'
    assert complaints == []


def test_a_command_that_fails_is_complained_of_and_nothing_else_happens() -> None:
    complaints: list[str] = []
    for command in ((sys.executable, "-c", "raise SystemExit(3)"), ("/no/such/command",)):
        notifier = Notifier(command, complaints.append)
        notifier.tell("{}")
        notifier.close(is_patient=True)
    assert [text.split(";")[0] for text in complaints] == [
        "--notify: the command left with 3.",
        "--notify: the command could not be started",
    ]


def test_leaving_does_not_wait_for_a_command_that_hangs() -> None:
    notifier = Notifier((sys.executable, "-c", "import time; time.sleep(60)"), lambda _: None)
    notifier.tell("{}")
    notifier.tell("{}")
    while notifier.running is None:
        time.sleep(0.01)
    start = time.monotonic()
    notifier.close(is_patient=False)
    assert time.monotonic() - start < 3


def test_no_command_is_no_call() -> None:
    assert words_of(None) == ()
    Notifier((), lambda _: None).tell("{}")

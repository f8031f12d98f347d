"""Built-in checks of what the exam's page tells: leaving, pasting, a second tab or screen, a gap, another device or camera.

Each is a reason to look and has harmless explanations; confidences are low where those are common.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lms.proctoring.contracts import Finding, PageCheck, PageEvent, PageSample

__all__ = ["OF_CAMERA", "builtin"]

#: One absence of so many seconds counts; shorter ones count when there are so many in so many seconds.
AWAY_S, SHORT_AWAYS, AWAY_WINDOW_S = 5.0, 3, 300.0
#: So many pasted characters at once count; less counts when there are so many pastes in so many seconds.
MANY_CHARACTERS, PASTES, PASTE_WINDOW_S = 200, 4, 60.0
#: So many pictures out of turn in so many seconds count: two tabs that meet, or a lost answer, make one.
OUT_OF_TURN, TURN_WINDOW_S = 3, 60.0
#: A connection that was gone for so long.
GAP_S = 60.0

#: Signs that the server reads from what the page tells of its camera.
OF_CAMERA = ("virtual_camera", "even_frames")

Judge = Callable[[Sequence[PageEvent]], Finding | None]


class _Check:
    """One kind of finding: a rule on the news, and samples of it."""

    def __init__(self, name: str, judge: Judge, samples: tuple[PageSample, ...]) -> None:
        self.name = name
        self.kinds: tuple[str, ...] = (name,)
        self._judge, self._samples = judge, samples

    def examine(self, events: Sequence[PageEvent]) -> list[Finding]:
        """Return the finding that is true at the newest event, if any."""
        found = self._judge(events) if events else None
        return [found] if found else []

    def samples(self) -> list[PageSample]:
        """Return news with what must be found in them."""
        return list(self._samples)


def _recent(events: Sequence[PageEvent], kinds: frozenset[str], window_s: float) -> list[PageEvent]:
    """Return the events of these kinds up to so long before the newest, when the newest is one of them."""
    newest = events[-1]
    if newest.kind not in kinds:
        return []
    return [event for event in events if event.kind in kinds and newest.at_s - event.at_s <= window_s]


def _over(kind: str, newest: PageEvent, confidence: float, **detail: float) -> Finding:
    since = max(0.0, newest.at_s - newest.seconds)
    return Finding(kind, round(confidence, 2), since, newest.seconds, dict(detail))


def _left(events: Sequence[PageEvent]) -> Finding | None:
    aways = _recent(events, frozenset({"hidden", "blurred"}), AWAY_WINDOW_S)
    if not aways or (aways[-1].seconds < AWAY_S and len(aways) < SHORT_AWAYS):
        return None
    confidence = min(0.9, 0.3 + aways[-1].seconds / 60 + 0.05 * (len(aways) - 1))
    return _over("tab_left", aways[-1], confidence, times=len(aways))


def _pasted(events: Sequence[PageEvent]) -> Finding | None:
    pastes = _recent(events, frozenset({"pasted"}), PASTE_WINDOW_S)
    if not pastes or (pastes[-1].amount < MANY_CHARACTERS and len(pastes) < PASTES):
        return None
    return _over("paste_burst", pastes[-1], 0.6, characters=sum(paste.amount for paste in pastes))


def _gap(events: Sequence[PageEvent]) -> Finding | None:
    gaps = _recent(events, frozenset({"offline"}), 0.0)
    return _over("network_gap", gaps[-1], 0.3) if gaps and gaps[-1].seconds >= GAP_S else None


def _out_of_turn(events: Sequence[PageEvent]) -> Finding | None:
    refused = _recent(events, frozenset({"out_of_turn"}), TURN_WINDOW_S)
    return _over("out_of_turn", refused[-1], 0.4, times=len(refused)) if len(refused) >= OUT_OF_TURN else None


def _whenever(source: str, kind: str, confidence: float) -> Judge:
    """Return a rule that finds ``kind`` at every event of one source."""

    def judge(events: Sequence[PageEvent]) -> Finding | None:
        return _over(kind, events[-1], confidence) if events[-1].kind == source else None

    return judge


def _sample(title: str, kind: str, *events: PageEvent) -> PageSample:
    return PageSample(title, events, frozenset({kind} if kind else ()))


def builtin() -> list[PageCheck]:
    """Return the built-in checks of the page."""
    glance = [PageEvent("blurred", at, 2.0) for at in (10.0, 400.0, 460.0)]
    turn = [PageEvent("out_of_turn", at) for at in (1.0, 100.0, 110.0, 120.0)]
    word = [PageEvent("pasted", at, 0.0, 12) for at in (1.0, 11.0, 21.0, 31.0)]
    return [
        _Check(
            "tab_left",
            _left,
            (
                _sample("half a minute in another tab", "tab_left", PageEvent("hidden", 90.0, 30.0)),
                _sample("three glances in a minute", "tab_left", *glance, PageEvent("hidden", 465.0, 2.0)),
                _sample("a few glances far apart", "", *glance),
                _sample("away before, now something else", "", PageEvent("hidden", 9.0, 9.0), word[1]),
            ),
        ),
        _Check(
            "paste_burst",
            _pasted,
            (
                _sample("a page of text at once", "paste_burst", PageEvent("pasted", 60.0, 0.0, 900)),
                _sample("word after word", "paste_burst", *word),
                _sample("one word", "", word[0]),
            ),
        ),
        _Check(
            "network_gap",
            _gap,
            (
                _sample(
                    "two minutes without a connection", "network_gap", PageEvent("offline", 200.0, 120.0)
                ),
                _sample("a hiccup", "", PageEvent("offline", 200.0, 4.0)),
            ),
        ),
        _Check(
            "second_screen", _whenever("screens", "second_screen", 0.4), _plain("screens", "second_screen")
        ),
        _Check("second_tab", _whenever("twin", "second_tab", 0.4), _plain("twin", "second_tab")),
        _Check("device_change", _whenever("device", "device_change", 0.5), _plain("device", "device_change")),
        _Check(
            "out_of_turn",
            _out_of_turn,
            (
                _sample("again and again", "out_of_turn", *turn),
                _sample("two tabs that met once", "", *turn[:3]),
            ),
        ),
        *(_Check(sign, _whenever(sign, sign, 0.4), _plain(sign, sign)) for sign in OF_CAMERA),
    ]


def _plain(source: str, kind: str) -> tuple[PageSample, ...]:
    return (
        _sample("it is so", kind, PageEvent("hidden", 5.0, 1.0), PageEvent(source, 10.0, 0.0, 1)),
        _sample("something else", "", PageEvent("hidden", 5.0, 1.0)),
    )

"""Break the rules of examinations on purpose and show that a test notices.

python tools/mutants.py           break every rule, one after another (minutes); exit 1 when a broken rule goes unnoticed
python tools/mutants.py 4 7       only the rules with these numbers
python tools/mutants.py --list    say what would be broken, and which test should fail

Each line replaces one place of the code in a copy of the tree and runs the named tests there, on SQLite; the tree itself is
never touched. The tests are run once unbroken first: a test that fails anyway shows nothing. The text that is replaced must
stand in its file exactly once, so that code that has changed is noticed, too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SERVICE, RULES = "lms/assessment/service", "lms/assessment/rules"
HERE, UNIT = "tests/integration/assessment", "tests/unit/assessment"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One rule broken: its number in the domain, what is broken, where, and which test must fail."""

    rule: int
    broken: str
    path: str
    old: str
    new: str
    test: str


MUTANTS = (
    Mutant(
        1,
        "rows are rolled back after their receipts are made",
        f"{SERVICE}/delivery.py",
        "        return connection.exec_driver_sql(_statement(len(batch), is_sqlite), tuple(values)).rowcount\n",
        "        count = connection.exec_driver_sql(_statement(len(batch), is_sqlite), tuple(values)).rowcount\n"
        "        connection.rollback()\n        return count\n",
        f"{HERE}/test_saving.py::test_a_saved_answer_is_one_event_with_a_signed_receipt",
    ),
    Mutant(
        1,
        "the same id with another payload is no conflict",
        f"{SERVICE}/delivery.py",
        "conflicts = [i.op.op_id for i in batch if kept[i.op.op_id].payload_hash != i.hash]",
        "conflicts = list[UUID]()",
        f"{HERE}/test_saving.py::test_another_payload_under_the_same_id_is_a_conflict_and_keeps_the_rest",
    ),
    Mutant(
        1,
        "a seal is compared by the number of operations only",
        f"{SERVICE}/sealing.py",
        " and _whole_chain(session, attempt_id, events, marks) == seal.hash",
        "",
        f"{HERE}/test_witness.py::test_what_the_machine_marked_and_the_student_wrote_is_sealed_before_anybody_decides",
    ),
    Mutant(
        1,
        "a file that is sent again is kept again",
        f"{SERVICE}/answer_files.py",
        "id=file_id,",
        "id=new_id(),",
        f"{HERE}/test_answer_files.py::"
        "test_a_file_that_comes_with_its_operation_is_kept_once_late_or_not_and_its_id_is_nobody_elses",
    ),
    Mutant(
        2,
        "a replay adds grades that say the same",
        f"{SERVICE}/marking.py",
        "            differs = _told(before) != _told(mark)\n",
        "            differs = True\n",
        f"{HERE}/test_marking.py::test_regrading_without_a_change_is_the_identity",
    ),
    Mutant(
        3,
        "a marker's crash gives 0",
        f"{RULES}/items.py",
        "    except Exception as failure:  # noqa: BLE001 - a plug-in's fault must not cost a student points\n"
        '        return MarkResult(MarkStatus.ERROR, None, (f"crash:{type(failure).__name__}",))',
        "    except Exception:\n        from decimal import Decimal\n\n        return MarkResult.of(Decimal(0))",
        f"{UNIT}/test_rules.py::test_a_crashing_marker_is_an_error_and_never_a_zero",
    ),
    Mutant(
        3,
        "an attempt that ended is not marked",
        f"{SERVICE}/attempts.py",
        "        marks = grade_attempt(uow, attempt, events, submitted)\n",
        "        marks = []\n",
        f"{HERE}/test_marking.py::test_closed_questions_are_marked_at_once_and_the_essay_waits",
    ),
    Mutant(
        4,
        "an operation with a client's time is in time",
        f"{SERVICE}/delivery.py",
        "    in_time = _counts_in_time(uow, attempt, t_server)\n",
        "    in_time = any(item.op.t_client for item in missing) or _counts_in_time(uow, attempt, t_server)\n",
        f"{HERE}/test_bad_input.py::test_a_clients_clock_decides_nothing",
    ),
    Mutant(
        4,
        "granted minutes are taken off",
        f"{RULES}/timing.py",
        "    limit = timedelta(minutes=timing.minutes + timing.granted_minutes) + timing.paused\n",
        "    limit = timedelta(minutes=timing.minutes - timing.granted_minutes) + timing.paused\n",
        f"{UNIT}/test_timing.py::test_nothing_that_is_added_makes_the_deadline_earlier",
    ),
    Mutant(
        4,
        "expiry does not look whether the attempt has ended",
        f"{SERVICE}/attempts.py",
        "    if attempt.state in OPEN_STATES and is_over:\n",
        "    if is_over:\n",
        f"{HERE}/test_bad_input.py::test_handing_in_beside_the_expiry_ends_the_attempt_once",
    ),
    Mutant(
        4,
        "a decision on what came late covers what comes after it",
        f"{RULES}/responses.py",
        " and event.late_no <= accept_late_until",
        "",
        f"{UNIT}/test_rules.py::test_late_answers_count_only_up_to_a_decision",
    ),
    Mutant(
        4,
        "the newest decision on what came late goes by the clock",
        f"{SERVICE}/marking.py",
        "    .order_by(LateDecision.number.desc())\n",
        "    .order_by(LateDecision.decided_at.desc())\n",
        f"{HERE}/test_bad_input.py::test_a_clock_set_back_between_late_answers_and_decisions_decides_nothing",
    ),
    Mutant(
        4,
        "checks are put in order by the clock",
        f"{RULES}/conduct.py",
        "    return (event.check_no, event.kind is not OperationKind.CHECK, *order_key(event))\n",
        "    return (int(event.t_server.timestamp()), False, *order_key(event))\n",
        f"{HERE}/test_delivery.py::test_checks_are_numbered_whatever_the_servers_clock_does",
    ),
    Mutant(
        5,
        "the order of a form comes from Python's own hash",
        f"{RULES}/seeds.py",
        "    return sorted(values, key=lambda value: _digest(seed, *salt, key(value)))",
        "    return sorted(values, key=lambda value: hash((seed, *salt, key(value))))",
        f"{UNIT}/test_rules.py::test_derived_seeds_and_orders_are_the_same_for_ever",
    ),
    Mutant(
        5,
        "accepted answers stand in the text of a question",
        "lms/assessment/question_types/short_text.py",
        'return {**stem(content), "size": content["size"]}',
        "return dict(content)",
        f"{HERE}/test_bad_input.py::test_every_payload_before_the_review_is_scanned_for_the_key",
    ),
    Mutant(
        5,
        "the key is shown before the window has closed",
        f"{RULES}/review.py",
        '        parts.discard("key")\n',
        "        pass\n",
        f"{UNIT}/test_rules.py::test_the_key_is_never_shown_before_the_window_has_closed",
    ),
    Mutant(
        6,
        "failing tests do not keep an item from being ready",
        f"{RULES}/items.py",
        '        return "assessment.item_tests_failed"\n',
        '        return ""\n',
        f"{HERE}/test_sessions.py::test_an_item_is_ready_only_with_passing_tests",
    ),
    Mutant(
        6,
        "an item is tested on one seed",
        f"{RULES}/items.py",
        "SEEDS = (1, 2, 3, 20_261_111, 9_007_199_254_740_991)",
        "SEEDS = (1,)",
        f"{HERE}/test_bad_input.py::test_an_item_is_tested_on_five_seeds_at_least",
    ),
    Mutant(
        7,
        "the score is handed out as the mark",
        f"{RULES}/scoring.py",
        "            return mark, score >= policy.pass_score\n",
        "            return str(score), score >= policy.pass_score\n",
        f"{UNIT}/test_scoring.py::test_a_score_becomes_a_mark_at_the_schools_thresholds",
    ),
    Mutant(
        7,
        "a proposed result counts already",
        f"{SERVICE}/marking.py",
        '        "state": ResultState.PROPOSED,\n',
        '        "state": ResultState.RELEASED,\n',
        f"{HERE}/test_results.py::test_a_released_result_is_seen_recorded_and_told",
    ),
)


def copy_tree(to: Path) -> None:
    """Copy every file that the repository knows, as it stands now."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, to / name)


def failing(tree: Path, tests: Iterable[str]) -> set[str]:
    """Run tests of a tree on SQLite and return those that fail."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "not postgres",
        "-rfE",
        *tests,
    ]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    run = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    told = [
        line.split(" ", 2)[1] for line in run.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))
    ]
    if run.returncode not in {0, 1}:
        raise SystemExit(f"The tests cannot be run:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return {name.partition("[")[0] for name in told}


def is_noticed(tree: Path, mutant: Mutant) -> bool:
    """Break one rule in the tree, run its test, and put the rule back."""
    path = tree / mutant.path
    whole = path.read_text(encoding="utf-8")
    if whole.count(mutant.old) != 1:
        raise SystemExit(
            f"{mutant.path} has changed: {mutant.old.strip()!r} stands there {whole.count(mutant.old)} times"
        )
    path.write_text(whole.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        return mutant.test in failing(tree, [mutant.test])
    finally:
        path.write_text(whole, encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Break the rules that are asked for; return 1 when one goes unnoticed."""
    chosen = [m for m in MUTANTS if not arguments or "--list" in arguments or str(m.rule) in arguments]
    if "--list" in arguments:
        for mutant in chosen:
            print(f"{mutant.rule}  {mutant.broken}\n   {mutant.path} → {mutant.test}")
        return 0
    unnoticed = 0
    with tempfile.TemporaryDirectory(prefix="marshrut-mutants-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        if anyway := failing(tree, sorted({mutant.test for mutant in chosen})):
            raise SystemExit("These tests fail although nothing is broken: " + ", ".join(sorted(anyway)))
        for mutant in chosen:
            is_seen = is_noticed(tree, mutant)
            unnoticed += not is_seen
            print(f"{mutant.rule}  {'noticed  ' if is_seen else 'UNNOTICED'}  {mutant.broken}", flush=True)
    print(f"{len(chosen) - unnoticed} of {len(chosen)} broken rules were noticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""How the engine of credit answers the cases that people reasoned out beforehand, and what one large application costs."""

from __future__ import annotations

import dataclasses
import random
import time

from lms.plans.rules.match_inputs import MatchInputs
from lms.plans.rules.matching import MatchRow, match
from lms.plans.schemas.case_file import read_case
from tests.fixtures.figures import Figures
from tests.golden.test_credit import CASES, SOURCES, load, report, shuffled, told
from tests.unit.test_credit_matching import large

ORDERS = 5
RUNS = 9


def test_the_golden_cases_and_the_order_of_their_rows(figures: Figures) -> None:
    agreed = same = named = rows = 0
    for path in CASES:
        body, chance = load(path), random.Random(path.stem)
        first = report(body)
        agreed += told(first) == body["expected"]
        same += sum(report(shuffled(body, chance)) == first for _ in range(ORDERS))
        rows += len(first.rows)
        named += sum(bool(row.reason) or all(part.basis_id for part in row.parts) for row in first.rows)
    figures.at_least("plans", "golden cases answered as people reasoned, of all", agreed, len(CASES), "cases")
    figures.at_least("plans", "the same report in another order", same, len(CASES) * ORDERS, "orders")
    figures.at_least("plans", "rows that name their rule, edge or reason, of all", named, rows, "rows")


def said(row: MatchRow) -> tuple[object, ...]:
    return row.verdict, row.hours, row.reason, [(part.basis_id, part.hours) for part in row.parts]


def rests_on(row: MatchRow, evidence: str) -> bool:
    return any(evidence in part.evidence for part in row.parts) or evidence in row.reason


def test_one_document_less_changes_the_rows_that_it_supported(figures: Figures) -> None:
    tried = changed = strange = 0
    for path in CASES:
        facts = read_case(load(path))
        before = match(facts, SOURCES)
        for gone in facts.evidence:
            kept = tuple(one for one in facts.evidence if one.id != gone.id)
            if any(one.number_key and one.number_key == gone.number_key for one in kept):
                continue  # a copy steps into its place
            after = match(dataclasses.replace(facts, evidence=kept), SOURCES)
            tried += 1
            for old, new in zip(before.rows, after.rows, strict=True):
                changed += said(old) != said(new)
                strange += said(old) != said(new) and not is_of(facts, old, gone.course_id, gone.id)
    figures.note("plans", "documents of the golden cases taken away one by one", tried, "documents")
    figures.note("plans", "rows that changed", changed, "rows")
    figures.at_most("plans", "rows that changed and had nothing from the document", strange, 0, "rows")


def is_of(facts: MatchInputs, row: MatchRow, course: str, evidence: str) -> bool:
    """Tell whether a row rested on a document, or a rule or edge about its course was weighed for it."""
    learned = {one.id for known in facts.courses if known.id == course for one in known.outcomes}
    by_rule = any(
        course in rule.courses and any(given.target_id == row.target_id for given in rule.gives)
        for rule in facts.rules
    )
    by_edge = any(edge.learned_id in learned and edge.target_id == row.target_id for edge in facts.edges)
    return rests_on(row, evidence) or by_rule or by_edge


def test_what_one_large_application_costs(figures: Figures) -> None:
    facts = large()
    match(facts, SOURCES)
    spent = []
    for _ in range(RUNS):
        began = time.process_time()
        match(facts, SOURCES)
        spent.append(time.process_time() - began)
    what = "one application against 300 outcomes, 2,000 rules, 5,000 edges (CPU)"
    figures.at_most("plans", what, round(min(spent) * 1000), 200, "ms")

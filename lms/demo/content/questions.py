"""Shape the questions of the demonstration courses."""

from __future__ import annotations

from typing import Any

__all__ = ["number", "one", "quiz", "statement", "word"]


def one(prompt: str, why: str, right: str, *wrong: str) -> dict[str, Any]:
    """Return a question with one right option."""
    options: list[dict[str, str]] = [{"id": "right", "text": right, "weight": "1"}]
    options += [{"id": f"wrong-{place}", "text": text} for place, text in enumerate(wrong, 1)]
    return {"type": "choice", "content": {"prompt": prompt, "options": options}, "why": why}


def number(prompt: str, answer: str, why: str) -> dict[str, Any]:
    """Return a question that a number answers."""
    return {"type": "numeric", "content": {"prompt": prompt, "answer": answer}, "why": why}


def word(prompt: str, why: str, *accepted: str) -> dict[str, Any]:
    """Return a question that one of a few wordings answers."""
    return {"type": "short_text", "content": {"prompt": prompt, "accepted": list(accepted)}, "why": why}


def statement(prompt: str, is_true: bool, why: str) -> dict[str, Any]:
    """Return a statement that is true or not."""
    return {"type": "true_false", "content": {"prompt": prompt, "is_true": is_true}, "why": why}


def quiz(intro: str, *questions: dict[str, Any]) -> dict[str, Any]:
    """Return a practice quiz; three answers of five are enough."""
    return {"intro": intro, "pass_score": "0.6", "questions": list(questions)}

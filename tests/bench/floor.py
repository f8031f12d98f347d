"""The floor: what Flask, SQLAlchemy and the server cost by themselves. Ratios to it say what the product adds.

It signs in, lists, starts, shows, saves (one statement, identity from the signed cookie), hands in and reviews, and does
nothing else: no permissions, receipts, languages, audit or design. ``FLOOR_URL`` names the database; run as a script it
makes the tables and a quiz of 40 questions.
"""

from __future__ import annotations

import os
import secrets
import time
from typing import Any

import sqlalchemy as sa
from flask import Flask, abort, redirect, render_template_string, request, session
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from werkzeug.wrappers import Response

USERS, QUESTIONS = 300, 40
engine = sa.create_engine(os.environ["FLOOR_URL"], pool_size=12, max_overflow=8)
app = Flask(__name__)
app.secret_key = "floor"


class Base(DeclarativeBase):
    """The floor's tables."""


class User(Base):
    __tablename__ = "floor_user"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), unique=True)


class Question(Base):
    __tablename__ = "floor_question"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(sa.String(500))
    correct: Mapped[int]


class Attempt(Base):
    __tablename__ = "floor_attempt"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey(User.id), index=True)
    state: Mapped[str] = mapped_column(sa.String(12), default="open")
    deadline: Mapped[float]
    score: Mapped[float | None]


class Answer(Base):
    __tablename__ = "floor_answer"
    attempt_id: Mapped[int] = mapped_column(sa.ForeignKey(Attempt.id), primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey(Question.id), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(200))
    saved: Mapped[float]


PAGE = """<!doctype html><html><head><title>{{ title }}</title></head><body><nav>{{ user }}</nav>
<input name=csrf value="{{ session.csrf }}">{% for head, text in rows %}<div class=card><h3>{{ head }}</h3><p>{{ text }}</p></div>
{% endfor %}</body></html>"""

SAVE = sa.text(
    "INSERT INTO floor_answer (attempt_id, question_id, value, saved)"
    " SELECT id, CAST(:question AS integer), CAST(:value AS varchar), CAST(:now AS float) FROM floor_attempt"
    " WHERE id = :attempt AND user_id = :user AND state = 'open' AND deadline > :now"
    " ON CONFLICT (attempt_id, question_id) DO UPDATE SET value = excluded.value, saved = excluded.saved"
)


def signed_in(db: Session) -> User:
    """Load the user, as Flask-Login would."""
    found = db.get(User, session.get("_user_id", 0))
    return found if found is not None else abort(401)


def checked() -> None:
    """Check the CSRF token."""
    if request.headers.get("X-CSRF") != session.get("csrf"):
        abort(400)


def page(title: str, user: User, rows: list[tuple[str, str]]) -> str:
    """Render the one template."""
    return render_template_string(PAGE, title=title, user=user.name, rows=rows)


@app.post("/login")
def login() -> Response:
    """Sign in without a password: hashing is measured apart."""
    with Session(engine) as db:
        session["_user_id"] = db.scalars(
            sa.select(User.id).where(User.name == request.form["username"])
        ).one()
    session["csrf"] = secrets.token_hex(16)
    return redirect("/dashboard")


@app.get("/dashboard")
def dashboard() -> str:
    """List the user's attempts."""
    with Session(engine) as db:
        user = signed_in(db)
        rows = db.execute(
            sa.select(Attempt.id, Attempt.state)
            .where(Attempt.user_id == user.id)
            .order_by(Attempt.id.desc())
            .limit(10)
        )
        return page("Dashboard", user, [(str(number), state) for number, state in rows])


@app.get("/course/<int:number>")
def course(number: int) -> str:
    """List what a course has."""
    with Session(engine) as db:
        user = signed_in(db)
        rows = db.execute(sa.select(Question.id, Question.text).limit(34))
        return page(f"Course {number}", user, [(str(question), text) for question, text in rows])


@app.post("/start/<int:quiz>")
def start(quiz: int) -> Response:
    """Start an attempt."""
    checked()
    with Session(engine) as db:
        attempt = Attempt(user_id=signed_in(db).id, deadline=time.time() + 7200)
        db.add(attempt)
        db.commit()
        return redirect(f"/attempt/{attempt.id}")


def own_attempt(db: Session, number: int, user: User) -> Attempt:
    """Return the user's attempt."""
    attempt = db.get(Attempt, number)
    return attempt if attempt is not None and attempt.user_id == user.id else abort(404)


def answers_of(db: Session, number: int) -> dict[int, str]:
    """Return what was answered."""
    rows = db.execute(sa.select(Answer.question_id, Answer.value).where(Answer.attempt_id == number))
    return {question: value for question, value in rows}


@app.get("/attempt/<int:number>")
def attempt(number: int) -> str:
    """Show all questions with what was answered."""
    with Session(engine) as db:
        user = signed_in(db)
        own_attempt(db, number, user)
        answers = answers_of(db, number)
        rows = db.execute(sa.select(Question.id, Question.text))
        return page("Attempt", user, [(f"Q{q}", f"{text} [{answers.get(q, '')}]") for q, text in rows])


@app.post("/save1c/<int:number>/<int:question>")
def save1c(number: int, question: int) -> dict[str, str]:
    """Save in one statement, without loading the user."""
    if "_user_id" not in session:
        abort(401)
    checked()
    values = {"attempt": number, "question": question, "value": request.json["value"], "now": time.time()}
    with engine.begin() as connection:
        if connection.execute(SAVE, {**values, "user": session["_user_id"]}).rowcount != 1:
            abort(409)
    return {"status": "OK"}


@app.post("/submit/<int:number>")
def submit(number: int) -> Response:
    """Mark everything and hand in."""
    checked()
    with Session(engine) as db:
        own = own_attempt(db, number, signed_in(db))
        answers = answers_of(db, number)
        key = db.execute(sa.select(Question.id, Question.correct)).all()
        own.score = sum(answers.get(q) == str(correct) for q, correct in key) / len(key)
        own.state = "done"
        db.commit()
    return redirect(f"/review/{number}")


@app.get("/review/<int:number>")
def review(number: int) -> str:
    """Show what was right."""
    with Session(engine) as db:
        user = signed_in(db)
        own_attempt(db, number, user)
        answers = answers_of(db, number)
        rows = db.execute(sa.select(Question.id, Question.text, Question.correct))
        shown: list[tuple[str, str]] = []
        for q, text, correct in rows:
            verdict: Any = "right" if answers.get(q) == str(correct) else "wrong"
            shown.append((f"Q{q}", f"{text} {verdict}"))
        return page("Review", user, shown)


def seed() -> None:
    """Make the tables, the users and the quiz."""
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as db:
        db.add_all(User(name=f"u{number}") for number in range(1, USERS + 1))
        db.add_all(
            Question(text=f"Question {number}: which option is right?" + " lorem" * 10, correct=number % 4)
            for number in range(QUESTIONS)
        )
        db.commit()


if __name__ == "__main__":
    seed()

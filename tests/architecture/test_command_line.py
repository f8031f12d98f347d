"""The command line reads like one product: every command and every option says what it does, in one style."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from lms.cli import main

WIDTH = 80


def commands(
    command: click.Command, context: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    """Return a command and everything below it, with the words that call it."""
    yield context.command_path, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, click.Context(below, info_name=name, parent=context))


ALL = list(commands(main, click.Context(main, info_name="lms", max_content_width=WIDTH)))


@pytest.mark.parametrize(("words", "command"), [(words, command) for words, command, _ in ALL])
def test_every_command_says_in_a_sentence_what_it_does(words: str, command: click.Command) -> None:
    told = (command.help or "").strip()
    assert told, f"{words} says nothing"
    first = told.split("\n\n")[0]
    assert first[0].isupper() and first.endswith("."), (
        f"{words}: a sentence, from its capital to its full stop"
    )
    line = command.get_short_help_str(WIDTH - 20)
    assert not line.endswith("..."), (
        f"{words}: its line in the list of commands is cut off; give it a short_help"
    )


@pytest.mark.parametrize(("words", "command", "called"), ALL)
def test_every_option_says_what_it_is(words: str, command: click.Command, called: click.Context) -> None:
    for option in command.get_params(called):
        if isinstance(option, click.Option):
            assert option.help, f"{words} {option.opts[0]} says nothing"
            assert option.help.endswith("."), f"{words} {option.opts[0]}: ends without a full stop"


def test_every_line_of_help_fits_an_ordinary_terminal() -> None:
    for words, command, context in ALL:
        wide = [line for line in command.get_help(context).splitlines() if len(line) > WIDTH]
        assert not wide, f"{words}: {wide}"

"""Word the codes of identity and review in the reader's language; pages, gate and explanations share them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext, lazy_pgettext, ngettext, pgettext

from lms.proctoring.queries.devices import DeviceView
from lms.proctoring.rules.devices import shortcomings
from lms.proctoring.types import (
    ChallengeKind,
    ChallengeOutcome,
    DeclaredKind,
    IdentityMethod,
    MessageKind,
    Monitoring,
    Need,
    ReviewStep,
)

__all__ = [
    "ERROR_TEXTS",
    "STUDENT_TEXTS",
    "assurance_word",
    "camera_word",
    "challenge_name",
    "challenge_outcome_word",
    "challenge_word",
    "declared_word",
    "device_facts",
    "device_word",
    "event_word",
    "fault_advice",
    "fault_word",
    "kind_word",
    "level_word",
    "message_word",
    "method_word",
    "monitoring_word",
    "need_word",
    "signal_word",
    "step_word",
    "verdict_word",
]


def method_word(method: IdentityMethod) -> str:
    """Return a way's name."""
    words: dict[IdentityMethod, str] = {
        IdentityMethod.KNOWN_TEACHER: gettext("a talk with a teacher who knows the student"),
        IdentityMethod.FACE: gettext("a picture by camera"),
        IdentityMethod.CODE_AND_ADULT: gettext("a code and an adult nearby"),
        IdentityMethod.DOCUMENT_VIDEO: gettext("a document shown by video"),
        IdentityMethod.IN_PERSON: gettext("in person"),
        IdentityMethod.PASSKEY: gettext("a device that was bound before"),
        IdentityMethod.PASSKEY_AND_TALK: gettext("a device that was bound before, and a talk"),
    }
    return words[method]


def kind_word(kind: str) -> str:
    """Return what a finding is, as a fact and never as a reproach; a plug-in words its kinds in its own catalogue."""
    known = {
        "hidden": gettext("A moment to look at"),
        "no_face": gettext("Nobody in view"),
        "several_faces": gettext("More than one person in view"),
        "other_person": gettext("The face differs from the sample"),
        "camera_lost": gettext("Pictures stopped coming"),
        "camera_dark": gettext("The camera is covered or it is dark"),
        "tab_left": gettext("The exam’s page was left"),
        "second_tab": gettext("The exam is open in a second tab"),
        "second_screen": gettext("More than one screen is connected"),
        "paste_burst": gettext("Much text was pasted"),
        "network_gap": gettext("The connection was gone for long"),
        "device_change": gettext("Another device or another address sends"),
        "seb_mismatch": gettext("A page was opened outside Safe Exam Browser"),
        "virtual_camera": gettext("The camera calls itself virtual"),
        "even_frames": gettext("The camera’s pictures come more evenly than cameras send them"),
        "still_picture": gettext("The face does not move at all from picture to picture"),
        "repeated_picture": gettext("The very same picture came before"),
        "out_of_turn": gettext("Pictures came out of turn or with another’s word"),
    }
    return known[kind] if kind in known else str(gettext(kind))


def device_word(device: str) -> str:
    """Return a class of devices in words."""
    words: dict[str, str] = {
        "phone": gettext("Telephones"),
        "tablet": gettext("Tablets"),
        "computer": gettext("Computers"),
        "unknown": gettext("Devices that do not say what they are"),
    }
    return words[device]


def declared_word(kind: DeclaredKind) -> str:
    """Return what somebody says of themselves, in their own words."""
    words: dict[DeclaredKind, str] = {
        DeclaredKind.GLASSES: gettext("I wear glasses"),
        DeclaredKind.HEAD_COVER: gettext("I cover my head"),
        DeclaredKind.DARK_SKIN: gettext("My skin is dark"),
        DeclaredKind.FEMALE: gettext("I am a girl or a woman"),
        DeclaredKind.MALE: gettext("I am a boy or a man"),
    }
    return words[kind]


def event_word(kind: str) -> str:
    """Return what happened in a sitting."""
    if kind.startswith("incident."):
        return kind_word(kind.removeprefix("incident."))
    words: dict[str, str] = {
        "started": gettext("The exam began"),
        "ended": gettext("The exam ended"),
        "event.camera_on": gettext("The camera began to send pictures"),
        "event.camera_stopped": gettext("The student switched the camera off"),
        "event.camera_absent": gettext("The page reported that there is no camera"),
        "event.camera_released": gettext(
            "Since then it is agreed that there is no camera: it was switched off"
        ),
        "event.camera_slow": gettext("The camera was too slow for this device: it switched itself off"),
        "event.page_hidden": gettext("The page was hidden"),
        "event.page_blurred": gettext("Another window was in front"),
        "event.page_pasted": gettext("Text was pasted"),
        "event.page_offline": gettext("The connection was gone"),
        "event.page_screens": gettext("Another screen is connected"),
        "event.page_twin": gettext("A second tab of the exam was opened"),
        "event.page_device": gettext("Pictures come from another device or address"),
        "event.page_virtual_camera": gettext("The camera calls itself virtual"),
        "event.page_even_frames": gettext("The camera’s pictures come more evenly than cameras send them"),
        "event.page_out_of_turn": gettext("A picture out of turn or with another’s word was refused"),
        "event.comparison_ended": gettext("The consent was taken back: faces are compared no longer"),
        "event.lost": gettext("Pictures stopped coming"),
        "event.resumed": gettext("Pictures come again"),
    }
    return words.get(kind, kind)


def verdict_word(verdict: str) -> str:
    """Return a reviewer's opinion in words."""
    words: dict[str, str] = {
        "no_questions": gettext("No questions"),
        "ask_student": gettext("Ask the student"),
        "second_reviewer": gettext("A second reviewer should look"),
        "violation": gettext("Violation"),
    }
    return words[verdict]


def step_word(step: ReviewStep | None) -> str:
    """Return what the review of a sitting waits for; None: the answer to an appeal."""
    words: dict[ReviewStep | None, str] = {
        ReviewStep.FIRST: gettext("First opinion"),
        ReviewStep.STUDENT: gettext("The student’s answer, then a second opinion"),
        ReviewStep.SECOND: gettext("Second opinion"),
        ReviewStep.DECISION: gettext("Decision of two"),
        None: gettext("Answer to an appeal"),
    }
    return words[step]


def need_word(need: Need) -> str:
    """Return what a running sitting wants."""
    words: dict[Need, str] = {
        Need.WRITES: gettext("The student writes to you"),
        Need.LOOK: gettext("Something to look at"),
        Need.CAMERA_GONE: gettext("No pictures come"),
        Need.STOPPED: gettext("The time stands still"),
        Need.CALM: gettext("Works quietly"),
    }
    return words[need]


def camera_word(monitoring: Monitoring, is_on: bool) -> str:
    """Return how the camera of a running sitting stands."""
    if monitoring is Monitoring.NONE:
        return str(gettext("without a camera"))
    return str(gettext("camera on") if is_on else gettext("camera off"))


def device_facts(found: DeviceView) -> list[tuple[str, str]]:
    """Return a device check as facts for a reader: what works, and what falls short with what it means."""
    camera: dict[str, str] = {
        "works": gettext("works"),
        "dark": gettext("works, but it is dark"),
        "refused": gettext("not allowed by the browser"),
        "absent": gettext("none found"),
        "untried": gettext("not tried"),
    }
    microphone = {**camera, "silent": gettext("works, but nothing was heard")}
    short = shortcomings(found.storage_mb, found.reply_ms, found.upload_kb_s, found.clock_off_s)
    unknown = camera["untried"]
    storage = unknown if found.storage_mb is None else gettext("%(mb)s MB free", mb=found.storage_mb)
    link = (
        unknown
        if found.reply_ms is None or found.upload_kb_s is None
        else gettext(
            "answers in %(ms)s ms, sends %(kb)s KB a second", ms=found.reply_ms, kb=found.upload_kb_s
        )
    )
    off = found.clock_off_s
    clock = (
        unknown
        if off is None
        else gettext("right")
        if "clock" not in short
        else str(ngettext("%(num)d minute off", "%(num)d minutes off", max(1, round(abs(off) / 60))))
    )
    more = {
        "storage": gettext("little: long answers may not fit"),
        "link": gettext("slow: answers are kept on the device until they are sent"),
        "clock": gettext("the exam goes by the school’s clock"),
    }

    def said(name: str, text: str) -> str:
        return f"{text} — {more[name]}" if name in short else text

    return [
        (gettext("Camera"), camera[found.camera]),
        (gettext("Microphone"), microphone[found.microphone]),
        (gettext("Storage"), said("storage", storage)),
        (gettext("Connection"), said("link", link)),
        (gettext("Clock"), said("clock", clock)),
    ]


def message_word(kind: MessageKind, minutes: int | None, *, is_own: bool) -> str:
    """Return who says a line or what it tells; ``is_own`` for the student who reads it."""
    own: dict[MessageKind, str] = {
        MessageKind.STUDENT: str(pgettext("student", "You wrote")),
        MessageKind.STAFF: str(pgettext("student", "The school writes to you")),
    }
    words: dict[MessageKind, str] = {
        MessageKind.STUDENT: gettext("The student wrote"),
        MessageKind.STAFF: gettext("The school wrote"),
        MessageKind.STOPPED: gettext("The school has stopped the time"),
        MessageKind.CONTINUED: gettext("The time goes on"),
        MessageKind.EXTENDED: str(ngettext("%(num)d more minute", "%(num)d more minutes", minutes or 0)),
    }
    return own.get(kind, words[kind]) if is_own else words[kind]


def fault_word(code: str) -> str:
    """Return what is wrong with a picture."""
    words: dict[str, str] = {
        "unreadable": gettext("The picture could not be opened."),
        "sideways": gettext("The picture lies on its side."),
        "no_face": gettext("No face was found."),
        "several_faces": gettext("There is more than one person in the picture."),
        "too_small": gettext("The face is too small."),
        "too_dark": gettext("It is too dark."),
        "blurred": gettext("The picture is blurred."),
        "turned_away": gettext("The head is turned away."),
        "no_template": gettext("There is no sample to compare with."),
        "other_model": gettext("The sample was made by an earlier version of the program."),
        "service_silent": gettext("The service that compares did not answer."),
    }
    return words.get(code) or str(gettext("The picture could not be used."))


def fault_advice(code: str) -> str:
    """Return what to do about it."""
    words: dict[str, str] = {
        "unreadable": gettext("Take it again; JPEG, PNG or WebP will do."),
        "sideways": gettext("Hold the device upright and take it again."),
        "no_face": gettext("Sit facing the camera so that the whole face is in the picture."),
        "several_faces": gettext(
            "Sit alone in front of the camera for these pictures; nobody has to leave the room."
        ),
        "too_small": gettext("Move closer: the face should take about a third of the height."),
        "too_dark": gettext("Sit facing a window or switch on a lamp in front of you."),
        "blurred": gettext("Keep still for a second and wipe the camera’s lens."),
        "turned_away": gettext(
            "Look straight at the camera. Glasses, a headscarf and a hearing aid may stay on."
        ),
        "no_template": gettext("Register a sample first, or choose another way."),
        "other_model": gettext("Take the sample again, or choose another way; all are equal."),
        "service_silent": gettext("Try again in a minute, or choose another way."),
    }
    return words.get(code) or str(gettext("Take it again or choose another way."))


def challenge_word(kind: ChallengeKind, digits: str = "", *, aloud: bool = False) -> str:
    """Return what the student is asked to do before the camera; ``aloud``: digits may be read into a recording instead."""
    words: dict[ChallengeKind, str] = {
        ChallengeKind.TURN_LEFT: gettext("Turn your head to your left, as far as is comfortable."),
        ChallengeKind.TURN_RIGHT: gettext("Turn your head to your right, as far as is comfortable."),
        ChallengeKind.BLINK: gettext("Shut both eyes for a moment."),
        ChallengeKind.APPROACH: gettext("Come nearer, so that your face fills most of the picture."),
        ChallengeKind.DIGITS: gettext(
            "Write %(digits)s on paper or a screen and hold it beside your face.", digits=" ".join(digits)
        )
        if not aloud
        else gettext(
            "Write %(digits)s on paper or a screen and hold it beside your face, or read the digits aloud.",
            digits=" ".join(digits),
        ),
    }
    return words[kind]


def challenge_name(kind: ChallengeKind, digits: str = "", *, is_voice: bool = False) -> str:
    """Return a task's name for the person who decides."""
    if is_voice:
        return str(gettext("Numbers read aloud: %(digits)s", digits=" ".join(digits)))
    words: dict[ChallengeKind, str] = {
        ChallengeKind.TURN_LEFT: gettext("A turn to the student’s left"),
        ChallengeKind.TURN_RIGHT: gettext("A turn to the student’s right"),
        ChallengeKind.BLINK: gettext("Shut eyes"),
        ChallengeKind.APPROACH: gettext("Coming nearer"),
        ChallengeKind.DIGITS: gettext("Shown numbers: %(digits)s", digits=" ".join(digits)),
    }
    return words[kind]


def challenge_outcome_word(kind: ChallengeKind, outcome: ChallengeOutcome) -> str:
    """Return what the machine saw of a task, and what that is worth."""
    if outcome is ChallengeOutcome.SEEN and kind in (ChallengeKind.BLINK, ChallengeKind.APPROACH):
        return str(gettext("Seen; a picture held before the camera could do this too."))
    words: dict[ChallengeOutcome, str] = {
        ChallengeOutcome.WAITING: gettext("Not looked at yet."),
        ChallengeOutcome.SEEN: gettext("Seen; a flat picture does not do this."),
        ChallengeOutcome.FLAT: gettext("The face moved as a flat picture does. Look at it yourself."),
        ChallengeOutcome.NOT_SEEN: gettext("Too little could be seen."),
        ChallengeOutcome.OTHER_WAY: gettext("To the other side; a mirrored picture looks like this too."),
        ChallengeOutcome.OTHER_FACE: gettext("The face on this picture differs from the sample."),
        ChallengeOutcome.NO_FACE: gettext("No face was found."),
        ChallengeOutcome.FOR_A_PERSON: gettext("No machine looks at this or listens: compare it yourself."),
        ChallengeOutcome.NOT_SENT: gettext("No picture of this came. Nothing follows from that."),
    }
    return words.get(outcome, "")


def assurance_word(liveness: str) -> str:
    """Return what was checked by a machine and what was not."""
    words: dict[str, str] = {
        "turn_seen": gettext("Faces compared; liveness: a turn of the head was checked"),
        "turn_not_seen": gettext("Faces compared; liveness: the turn of the head could not be confirmed"),
    }
    return words.get(liveness) or str(gettext("Faces compared; liveness was not checked"))


def signal_word(code: str) -> str:
    """Return a sign that pictures may not come from a camera, with its harmless explanation."""
    words: dict[str, str] = {
        "virtual_camera": gettext(
            "The camera calls itself virtual; lessons are taught with such programs, too."
        ),
        "even_frames": gettext("The camera’s pictures come more evenly than cameras send them."),
        "still_pictures": gettext(
            "Pictures hardly differ; a camera that smooths its pictures does this, too."
        ),
        "too_fast": gettext("The tasks were answered sooner than they can be read."),
        "spoof_suspected": gettext("A program suspects a picture of a picture; it errs."),
    }
    return words.get(code, code)


def level_word(level: int) -> str:
    """Return what a level of assurance asks for."""
    words: tuple[str, ...] = (
        gettext("An account is enough"),
        gettext("Something the student knows or has"),
        gettext("A person confirms who it is"),
        gettext("A camera’s comparison and a person’s look"),
    )
    return words[level]


def monitoring_word(monitoring: Monitoring) -> str:
    """Return how a sitting is watched."""
    words: dict[Monitoring, str] = {
        Monitoring.NONE: gettext("Not watched by a camera"),
        Monitoring.CAMERA: gettext("Pictures by camera during the exam"),
    }
    return words[monitoring]


ERROR_TEXTS: Mapping[str, Any] = {
    "proctoring.weights": lazy_gettext(
        "The part that compares faces is not installed correctly. Choose another way; all are equal."
    ),
    "proctoring.service_silent": lazy_gettext(
        "The service that compares faces did not answer. Choose another way; all are equal."
    ),
    "proctoring.is_over": lazy_gettext("This sitting has ended. What was written during it is kept with it."),
    "proctoring.words_missing": lazy_gettext("Write a sentence: the other side reads it."),
    "proctoring.too_many_lines": lazy_gettext("That is enough for one sitting. Please call the school."),
    "proctoring.stands_still": lazy_gettext("The time stands still already. Nothing was changed."),
    "proctoring.not_stopped": lazy_gettext("The time is running. Nothing was changed."),
    "proctoring.minutes": lazy_gettext("Between 1 and 60 minutes at once."),
    "proctoring.no_proctor": lazy_gettext("Choose somebody of this school who has the role of a proctor."),
    "proctoring.seb_unreadable": lazy_gettext("This is not a configuration that can be read."),
    "proctoring.no_usable_face": lazy_gettext("No usable face was found in the picture."),
    "proctoring.biometrics_off": lazy_gettext(
        "Biometrics are off in this organisation. All other ways are open."
    ),
    "proctoring.no_consent": lazy_gettext(
        "There is no consent in force, so no pictures were kept. All other ways are open."
    ),
    "proctoring.faces_missing": lazy_gettext(
        "Comparing faces is not installed here, so no pictures were kept. All other ways are open."
    ),
    "proctoring.three_pictures": lazy_gettext(
        "Three to five pictures are needed. Nothing was kept; take them again."
    ),
    "proctoring.no_pictures": lazy_gettext("No picture came through. Take it again or choose another way."),
    "proctoring.challenge_over": lazy_gettext(
        "Something else is asked for now. Nothing was kept: look at the list and take the pictures again."
    ),
    "proctoring.sample_state": lazy_gettext("This sample was decided before. Nothing was changed."),
    "proctoring.document_missing": lazy_gettext("Write down which document you compared with."),
    "proctoring.no_sample": lazy_gettext("There is no such sample."),
    "proctoring.no_entry": lazy_gettext("There is no such exam, or it is not yours."),
    "proctoring.no_check": lazy_gettext("There is no such check, or it is not yours to decide."),
    "proctoring.check_over": lazy_gettext(
        "The way that you had chosen has ended, and nothing was kept of it. Choose another one; all are equal."
    ),
    "proctoring.check_state": lazy_gettext("This check has moved on. Look at where it stands now."),
    "proctoring.voice_consent": lazy_gettext(
        "The consent that was signed does not speak of a recording of the voice. Show the digits, or ask for something else."
    ),
    "proctoring.method_closed": lazy_gettext(
        "This way is not open here. Choose one of the others; all are equal."
    ),
    "proctoring.no_template": lazy_gettext(
        "There is no registered sample to compare with. Choose another way; all are equal."
    ),
    "proctoring.meeting_url": lazy_gettext(
        "The address of the call must begin with https://, name a site and have no spaces or quotation marks."
    ),
    "proctoring.look_first": lazy_gettext(
        "Open at least one of the pictures first: who confirms has looked, the machine alone decides nothing."
    ),
    "proctoring.pictures_gone": lazy_gettext(
        "The pictures of this check are deleted: nobody can look at them any more. Choose “I cannot confirm” and say so; the "
        "student takes new ones or chooses another way."
    ),
    "proctoring.question_missing": lazy_gettext("Write down the question that was asked."),
    "proctoring.reason_missing": lazy_gettext("Write the reason in a sentence; the student will read it."),
    "proctoring.passkey_wrong": lazy_gettext(
        "The device’s answer does not fit. Try again, or choose another way; all are equal."
    ),
    "proctoring.passkeys_off": lazy_gettext(
        "The site’s address does not let devices be bound. All other ways are open."
    ),
    "proctoring.passkeys_many": lazy_gettext("Ten devices are bound. Forget one of them first."),
    "proctoring.no_passkey": lazy_gettext("There is no such device that counts yet."),
    "proctoring.code_over": lazy_gettext(
        "The code is over. Ask the adult for a new one; there can be any number."
    ),
    "proctoring.code_wrong": lazy_gettext("This is not the code. Check the six digits."),
    "proctoring.code_too_often": lazy_gettext(
        "Too many wrong codes in an hour. Wait a while, or choose another way; all are equal."
    ),
    "proctoring.seb_not_asked": lazy_gettext(
        "This exam can be sat in any browser. Nothing needs to be asked."
    ),
    "proctoring.seb_words": lazy_gettext("Write in a few words what does not work."),
    "proctoring.seb_decided": lazy_gettext("This request was decided before. Nothing was changed."),
    "proctoring.policy": lazy_gettext("The level is 0 to 3 and the cadence 1 to 600 seconds."),
    "proctoring.policy_no_equal": lazy_gettext(
        "Level 3 cannot be met by the camera alone: offer at least one equal way in which a person decides."
    ),
    "proctoring.policy_no_open": lazy_gettext(
        "Offer at least one way that needs neither a camera nor speech: a code and an adult nearby, or in person."
    ),
    "proctoring.no_blueprint": lazy_gettext("There is no such exam plan in this organisation."),
    "proctoring.no_session": lazy_gettext("There is no such sitting, or it is not yours to see."),
    "proctoring.session_state": lazy_gettext("The sitting has moved on. Look at where it stands now."),
    "proctoring.not_watching": lazy_gettext("The sitting is not being watched. Nothing needs to be sent."),
    "proctoring.frame_order": lazy_gettext(
        "Another tab sent a picture meanwhile. The camera goes on by itself."
    ),
    "proctoring.frame_bytes": lazy_gettext(
        "This is not a picture of the size we take. Answers are not affected."
    ),
    "proctoring.not_asked": lazy_gettext("There is nothing to answer, or it was answered before."),
    "proctoring.statement_empty": lazy_gettext("Write at least a few words."),
    "proctoring.annul_two_people": lazy_gettext("Two different people must see a violation first."),
    "proctoring.annul_own": lazy_gettext(
        "Only somebody who sees a violation annuls. Record your own opinion first."
    ),
    "proctoring.annul_unheard": lazy_gettext(
        "The other reviewer has not read the student’s words yet: they have to read them and say again what they see."
    ),
    "proctoring.opinion_stale": lazy_gettext(
        "Your opinion is recorded already, or the sitting has changed since you opened the page. Look again before you say more."
    ),
    "proctoring.overruled": lazy_gettext(
        "An annulment of this sitting was taken back after your opinion. If anybody looks again, it is somebody else."
    ),
    "proctoring.events_gone": lazy_gettext(
        "What was recorded of this sitting is deleted: there is nothing left to look at again. The decision stays."
    ),
    "proctoring.annul_not_asked": lazy_gettext("The student has not been asked yet."),
    "proctoring.device_words": lazy_gettext("What was measured could not be read. Try the device again."),
    "proctoring.not_annulled": lazy_gettext(
        "The sitting is not annulled. There is nothing to appeal against."
    ),
    "proctoring.appealed": lazy_gettext("An appeal against this was written before. It is kept as it was."),
    "proctoring.appeal_late": lazy_gettext(
        "The time for an appeal inside the school is over. The commission on disputes can still be asked."
    ),
    "proctoring.no_appeal": lazy_gettext("No appeal waits here. Nothing was changed."),
    "proctoring.appeal_own": lazy_gettext(
        "You gave an opinion on this sitting. Somebody who gave none decides about the appeal."
    ),
    "proctoring.annul_statement": lazy_gettext(
        "The student has not answered yet and the deadline is not over."
    ),
}

#: The same said to a child, where the words for everybody would be those for a grown-up.
STUDENT_TEXTS: dict[str, Any] = {
    "proctoring.words_missing": lazy_pgettext("student", "Write a sentence: the other side reads it."),
    "proctoring.too_many_lines": lazy_pgettext(
        "student", "That is enough for one sitting. Please call the school."
    ),
    "proctoring.no_check": lazy_pgettext("student", "There is no such check, or it is not yours to decide."),
    "proctoring.code_too_often": lazy_pgettext(
        "student", "Too many wrong codes in an hour. Wait a while, or choose another way; all are equal."
    ),
    "proctoring.no_session": lazy_pgettext("student", "There is no such sitting, or it is not yours to see."),
    "proctoring.session_state": lazy_pgettext(
        "student", "The sitting has moved on. Look at where it stands now."
    ),
    "proctoring.device_words": lazy_pgettext(
        "student", "What was measured could not be read. Try the device again."
    ),
}

"""The words of each consent as a file that a qualified signature is put under: the same bytes on any machine."""

from __future__ import annotations

from uuid import UUID

__all__ = ["VOICED", "WORDED", "text_to_sign"]

#: The words of each version of a text, in Russian and in English, as its page says them. A version never changes.
_WORDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "biometrics-1": (
        (
            "Согласие на обработку биометрических персональных данных",
            (
                "Я, {giver}, даю согласие на обработку биометрических персональных данных ({subject}) с одной целью: "
                "подтвердить, кто сдаёт экзамен."
            ),
            "Что обрабатывается",
            (
                "Три снимка лица, по которым вычисляются числа (шаблон); после сверки образца сотрудником снимки удаляются. "
                "При проверке личности снимки камеры сравниваются с шаблоном на сервере школы. Никому больше ничего не "
                "передаётся."
            ),
            "Сколько хранится",
            (
                "Шаблон хранится зашифрованным до конца аттестационного периода, не дольше года. Снимки с проверок личности "
                "— 30 дней после отметки."
            ),
            "Кто решает",
            (
                "Машина ничего не решает. Каждое совпадение подтверждает человек, и человек смотрит, если машина не "
                "разобралась."
            ),
            "Отказ и отзыв",
            (
                "Я знаю, что могу не подписывать: другие способы подтвердить личность равны и на отметку не влияют. Я могу "
                "отозвать согласие в любой день без объяснения причин, ученик тоже может. Тогда шаблон сразу уничтожается, "
                "и уничтожение записывается."
            ),
        ),
        (
            "Consent to the processing of biometric personal data",
            (
                "I, {giver}, consent to the processing of biometric personal data of {subject} for one purpose: to confirm "
                "who is sitting an exam."
            ),
            "What is processed",
            (
                "Three pictures of the face, from which numbers (a template) are computed; the pictures are deleted after "
                "staff have checked the sample. During identity checks the camera’s pictures are compared with the template "
                "on the school’s own server. Nothing is sent to anybody else."
            ),
            "How long",
            (
                "The template is kept encrypted until the end of the attestation period, for one year at most. Pictures of "
                "identity checks are kept for 30 days after the result."
            ),
            "Who decides",
            (
                "The machine decides nothing. A person confirms every match, and a person looks when the machine could not "
                "tell."
            ),
            "Refusal and withdrawal",
            (
                "I know that I need not sign: other ways of confirming identity have equal rights and do not change the "
                "mark. I can withdraw this consent on any day without a reason, and so can the student. The template is "
                "then destroyed at once, and the destruction is recorded."
            ),
        ),
    ),
}
#: What the second version says besides, after what is processed.
_VOICE = (
    (
        "Если ученик сам выберет прочитать цифры вслух, запись голоса (не длиннее десяти секунд) слушает только тот, кто "
        "подтверждает личность. Машина голос не сравнивает, шаблон голоса не создаётся; запись хранится зашифрованной "
        "столько же, сколько снимки."
    ),
    (
        "If the student chooses to read digits aloud, only the person who confirms the identity listens to the recording "
        "(ten seconds at most). No machine compares the voice and no template of it is made; the recording is kept "
        "encrypted, as long as the pictures."
    ),
)
_WORDS["biometrics-2"] = tuple(
    (*part[:4], voice, *part[4:]) for part, voice in zip(_WORDS["biometrics-1"], _VOICE, strict=True)
)
#: The versions that speak of a recording of the voice: without one none is taken.
VOICED = frozenset({"biometrics-2"})
#: The versions that can be signed as a file.
WORDED = frozenset(_WORDS)


def text_to_sign(version: str, *, consent_id: UUID, giver: str, subject: str, organisation: str) -> bytes:
    """Return a consent as plain text in both languages, bound to who gives it, about whom, to whom, and to its record."""
    head = [organisation, f"marshrut-consent-to-sign-1 · {version} · {consent_id}"]
    words = ["\n\n".join(part).format(giver=giver, subject=subject) for part in _WORDS[version]]
    return ("\n".join(head) + "\n\n" + "\n\n* * *\n\n".join(words) + "\n").encode()

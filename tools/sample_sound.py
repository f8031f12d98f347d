"""Write the sound that stands for a recording in the example of a dictation: three soft tones, generated, nobody's voice."""

from __future__ import annotations

import math
import wave
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "lms/core/static/samples/dictation.wav"
RATE, TONE_S, TONES_HZ = 8000, 0.4, (523.25, 659.25, 783.99)


def samples() -> bytes:
    """Return the tones as unsigned bytes; each swells and fades, so that nothing clicks."""
    count = int(RATE * TONE_S)
    return bytes(
        round(128 + 40 * math.sin(math.pi * i / count) * math.sin(2 * math.pi * tone * i / RATE))
        for tone in TONES_HZ
        for i in range(count)
    )


def write(target: Path) -> None:
    """Write the WAV file, the same bytes every time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(target), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(RATE)
        sound.writeframes(samples())


if __name__ == "__main__":
    write(TARGET)

"""Draw the short film of the demonstration course: two pots on equal burners.

    python tools/demo_video.py lms/demo/media/two-pots.webm [path/of/ffmpeg]

Left: one kilogram of water, right: two. The same heat warms the left one by twice as many degrees. Needs an ffmpeg with
a VP9 encoder and the DejaVu fonts.
"""

from __future__ import annotations

import math
import subprocess
import sys

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, RATE, SECONDS, SCALE = 640, 360, 10, 18, 2
PAPER, GRID, INK, BRAND, WARM = "#ffffff", "#e9e9f8", "#1b1f3b", "#3b3fb6", "#e2857d"
WATER, QUIET = "#cfe3f5", "#565a75"
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans{}.ttf"
BEGIN_S, END_S = 3.0, 13.0


def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return a font that knows Cyrillic."""
    return ImageFont.truetype(FONT.format("-Bold" if bold else ""), size * SCALE)


def text(
    draw: ImageDraw.ImageDraw,
    x: float,
    y: float,
    words: str,
    size: int,
    *,
    bold: bool = False,
    fill: str = INK,
) -> None:
    """Write centred words."""
    draw.text((x * SCALE, y * SCALE), words, font=font(size, bold=bold), fill=fill, anchor="mm")


def line(draw: ImageDraw.ImageDraw, points: list[tuple[float, float]], fill: str, width: float = 2.5) -> None:
    """Draw a line with round ends."""
    scaled = [(x * SCALE, y * SCALE) for x, y in points]
    draw.line(scaled, fill=fill, width=round(width * SCALE), joint="curve")
    r = width * SCALE / 2
    for x, y in (scaled[0], scaled[-1]):
        draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)


def box(
    draw: ImageDraw.ImageDraw,
    corners: tuple[float, float, float, float],
    fill: str | None,
    edge: str | None,
    radius: float = 6,
) -> None:
    """Draw a box with round corners."""
    scaled = tuple(value * SCALE for value in corners)
    draw.rounded_rectangle(scaled, radius * SCALE, fill=fill, outline=edge, width=round(2.5 * SCALE))


def flame(draw: ImageDraw.ImageDraw, x: float, y: float, beat: float) -> None:
    """Draw one tongue of a burner that sways."""
    sway = 3 * math.sin(beat)
    line(draw, [(x, y), (x + sway - 3, y - 7), (x + sway + 2, y - 14), (x + sway, y - 19)], WARM, 3)


def pot(draw: ImageDraw.ImageDraw, x: float, level: float, mass: str, degrees: float, second: float) -> None:
    """Draw a pot, its water, burner and thermometer."""
    top, bottom = 128, 250
    box(draw, (x - 72, bottom - level, x + 72, bottom - 3), WATER, None, 5)
    line(draw, [(x - 75, top), (x - 75, bottom), (x + 75, bottom), (x + 75, top)], INK)
    line(draw, [(x - 92, top), (x - 75, top)], INK)
    line(draw, [(x + 75, top), (x + 92, top)], INK)
    text(draw, x - 34, bottom - level / 2, mass, 15, bold=True)
    box(draw, (x + 24, 92, x + 38, 232), PAPER, INK, 7)
    height = (degrees - 10) / 90 * 120
    draw.rectangle([(x + 29) * SCALE, (228 - height) * SCALE, (x + 33) * SCALE, 228 * SCALE], fill=BRAND)
    draw.ellipse([(x + 23) * SCALE, 222 * SCALE, (x + 39) * SCALE, 238 * SCALE], fill=BRAND)
    text(draw, x + 31, 76, f"{round(degrees)} °C", 17, bold=True, fill=BRAND)
    box(draw, (x - 46, 282, x + 46, 292), PAPER, INK, 4)
    if BEGIN_S - 0.5 <= second < END_S:
        for i, offset in enumerate((-28, 0, 28)):
            flame(draw, x + offset, 278, second * 5 + i * 2)


def frame(second: float) -> Image.Image:
    """Return the picture at ``second``."""
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
    draw = ImageDraw.Draw(image)
    for i in range(0, WIDTH, 20):
        draw.line([(i * SCALE, 0), (i * SCALE, HEIGHT * SCALE)], fill=GRID, width=1)
    for i in range(0, HEIGHT, 20):
        draw.line([(0, i * SCALE), (WIDTH * SCALE, i * SCALE)], fill=GRID, width=1)
    share = min(1.0, max(0.0, (second - BEGIN_S) / (END_S - BEGIN_S)))
    pot(draw, 180, 52, "1 кг", 20 + 60 * share, second)
    pot(draw, 460, 104, "2 кг", 20 + 30 * share, second)
    if second < BEGIN_S:
        words = "Одинаковые горелки, воды слева вдвое меньше"
    elif second < END_S:
        words = "Обе горелки отдают одинаково много тепла"
    else:
        words = "Тепла поровну: слева +60 °C, справа +30 °C"
    box(draw, (40, 308, 600, 346), PAPER, None, 8)
    text(draw, 320, 327, words, 17, bold=True)
    return image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def main() -> int:
    """Write the film to the path given."""
    ffmpeg = sys.argv[2] if len(sys.argv) > 2 else "ffmpeg"
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-"]
    vp9 = ["-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p", "-crf", "36", "-b:v", "0", "-g", "60", "-row-mt", "0"]
    command = [ffmpeg, "-y", *raw, *vp9, "-an", "-bitexact", sys.argv[1]]
    frames = b"".join(frame(number / RATE).tobytes() for number in range(RATE * SECONDS))
    subprocess.run(command, input=frames, check=True)
    frame(8.0).save(sys.argv[1].replace(".webm", ".webp"), quality=70, method=6)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Small pictures for README.md, made of large ones."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1600, 840
"""Of the picture that shows all three frontends."""
_SPOTS = (
    ("wall-01-open", 1130, 10, (24, 24)),
    ("tablet-01-board", 700, 16, (560, 330)),
    ("phone-04-waiting", 258, 22, (1318, 236)),
)
"""Which picture, how wide, how thick its frame, and where: each stands before the one above it."""
_GROUND, _FRAME, _SHADOW = (246, 237, 224), (24, 16, 11), (96, 68, 40)
_MOST_BYTES = 150 * 1024


def readme(taken: dict[tuple[str, str], Path], folder: Path) -> None:
    """Write the pictures of README.md into a folder."""
    for language, file in (("en", "bar.png"), ("pt-br", "bar.pt-br.png")):
        save(together(taken, language), folder / file)
    steps = ("phone-02-menu", "phone-04-waiting", "phone-06-making", "phone-07-ready")
    save(in_a_row([Image.open(taken[name, "en"]) for name in steps], width=360), folder / "phone.png")
    for name, file in (("tablet-01-board", "tablet.png"), ("wall-01-open", "wall.png")):
        picture = Image.open(taken[name, "en"])
        save(
            picture.resize((1180, round(1180 * picture.height / picture.width)), Image.Resampling.LANCZOS),
            folder / file,
        )


def together(taken: dict[tuple[str, str], Path], language: str) -> Image.Image:
    """Wall, tablet and phone before each other, as devices."""
    canvas = Image.new("RGB", (WIDTH, HEIGHT), _GROUND)
    for name, width, frame, (x, y) in _SPOTS:
        device = framed(Image.open(taken[name, language]), width, frame)
        shadow = Image.new("L", canvas.size)
        shadow.paste(device.getchannel("A").point(lambda covered: covered // 3), (x, y + 10))
        canvas.paste(_SHADOW, (0, 0), shadow.filter(ImageFilter.GaussianBlur(16)))
        canvas.paste(device, (x, y), device)
    return canvas


def framed(picture: Image.Image, width: int, frame: int) -> Image.Image:
    """A picture of so many pixels' width in a dark frame with round corners."""
    inner = width - 2 * frame
    screen = picture.convert("RGB").resize(
        (inner, round(inner * picture.height / picture.width)), Image.Resampling.LANCZOS
    )
    size = (width, screen.height + 2 * frame)
    device = Image.new("RGBA", size)
    device.paste((*_FRAME, 255), (0, 0), rounded(size, frame * 1.6))
    device.paste(screen, (frame, frame), rounded(screen.size, frame * 0.6))
    return device


def rounded(size: tuple[int, int], radius: float) -> Image.Image:
    """A mask with smooth round corners."""
    large = Image.new("L", (size[0] * 4, size[1] * 4))
    ImageDraw.Draw(large).rounded_rectangle((0, 0, large.width - 1, large.height - 1), radius * 4, fill=255)
    return large.resize(size, Image.Resampling.LANCZOS)


def in_a_row(pictures: list[Image.Image], width: int, gap: int = 24) -> Image.Image:
    """Pictures side by side."""
    devices = [framed(picture, width, 10) for picture in pictures]
    row = Image.new("RGB", ((width + gap) * len(devices) + gap, devices[0].height + 2 * gap), _GROUND)
    for place, device in enumerate(devices):
        row.paste(device, (gap + place * (width + gap), gap), device)
    return row


def save(picture: Image.Image, path: Path) -> None:
    """Write it with as many colours as keep it small."""
    for colours in (256, 192, 128, 64, 32):
        few = picture.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
        if path.stat().st_size <= _MOST_BYTES:
            return

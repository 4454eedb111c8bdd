"""The picture of a code: what a phone reads is what was written, with the standard's quiet zone."""

import re

import pytest
import zxingcpp
from PIL import Image

from display import qr_codes, qr_images


def drawn(svg: str, scale: int = 4) -> Image.Image:
    """Draw the path of an SVG as a browser would: runs of modules, dark on white."""
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])
    picture = Image.new("L", (side, side), 255)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h", svg.split('fill="#000"')[1]):
        for step in range(int(length)):
            picture.putpixel((int(x) + step, int(y)), 0)
    return picture.resize((side * scale, side * scale), Image.Resampling.NEAREST)


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:8000/q/" + "a" * 22,
        "https://coffee.a-conference-with-a-long-name.example.org/q/" + "Z" * 22,
    ],
)
def test_a_decoder_reads_what_was_written(text):
    [found] = zxingcpp.read_barcodes(drawn(qr_images.svg(text)))
    assert found.text == text
    assert found.ec_level == "M"


def test_four_light_modules_surround_it():
    picture = drawn(qr_images.svg("coffee"), scale=1)
    dark = Image.eval(picture, lambda level: 255 - level).getbbox()
    assert dark == (4, 4, picture.width - 4, picture.height - 4)


def test_the_picture_is_small():
    assert len(qr_images.svg("http://192.168.178.123:8000/q/" + "a" * 22)) < 5_000


@pytest.mark.django_db
def test_a_codes_address_is_the_bars_own_and_its_token(store, settings):
    settings.PUBLIC_URL = "https://coffee.example"
    code = qr_codes.current_code(store)
    assert qr_images.address(code) == f"https://coffee.example/q/{code.token}"

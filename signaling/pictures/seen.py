"""A picture as eyes see it, whatever it is stored as: upright, on white paper, eight bits of red, green and blue."""

from __future__ import annotations

from PIL import Image, ImageOps


def seen(picture: Image.Image) -> Image.Image:
    """Return a decoded PNG or JPEG as it looks."""
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I"):  # sixteen bits of grey: Pillow's own conversion makes all but the blackest white
        return upright.convert("I").point(lambda grey: grey * (1 / 257)).convert("L").convert("RGB")
    if upright.has_transparency_data:
        coloured = upright.convert("RGBA")
        upright = Image.new("RGB", coloured.size, "white")
        upright.paste(coloured, mask=coloured.getchannel("A"))
    return upright.convert("RGB")

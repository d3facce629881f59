"""Writes font.ttf: a font of three letters that are rectangles, for the tests of letters that come from fonts.

    python3 make_font.py ../Fixtures/font.ttf

An em has 1000 units. U+6F22 fills a square of 800 from (100, -100) to (900, 700) and is 1000 wide; U+05D0 a square of 200 from
(100, 0), 400 wide; U+05D1 likewise, 400 high. Made with fontTools 4.68.
"""

import sys

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen


def rectangle(left, bottom, right, top):
    pen = TTGlyphPen(None)
    pen.moveTo((left, bottom))
    for point in [(left, top), (right, top), (right, bottom)]:
        pen.lineTo(point)
    pen.closePath()
    return pen.glyph()


glyphs = {
    ".notdef": rectangle(0, 0, 500, 500), "han": rectangle(100, -100, 900, 700), "alef": rectangle(100, 0, 300, 200),
    "bet": rectangle(100, 0, 300, 400),
}
builder = FontBuilder(1000, isTTF=True)
builder.setupGlyphOrder(list(glyphs))
builder.setupCharacterMap({0x6F22: "han", 0x5D0: "alef", 0x5D1: "bet"})
builder.setupGlyf(glyphs)
builder.setupHorizontalMetrics({".notdef": (500, 0), "han": (1000, 100), "alef": (400, 100), "bet": (400, 100)})
builder.setupHorizontalHeader(ascent=800, descent=-200)
builder.setupNameTable({"familyName": "Rectangles", "styleName": "Regular"}, mac=False)
builder.setupOS2()
builder.setupPost()
builder.setupHead(unitsPerEm=1000, created=0, modified=0)
builder.font.recalcTimestamp = False
builder.save(sys.argv[1])

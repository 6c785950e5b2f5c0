"""Pages of a PDF: text, title and picture. Only for the child process: the library under it is not
thread-safe, and a hostile file may take the whole process with it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from app.core.documents.limits import Limits, Refused
from app.core.documents.pages import picture_name, thumbnail_name
from app.core.documents.readability import count_figures_without_words, find_smallest_type, sizes_of_lines

_ENCRYPTED = {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
# Looking at each letter's box is slow; a title stands early or among few letters.
_LETTERS_LOOKED_AT = 4_000
_SAME_SIZE = 0.93
_CLEARLY_LARGER = 1.12
_MOST_TITLE_LINES = 3
_LETTERS_IN_A_TITLE = 3
# WebP: 80 is where text edges stay clean; method 4 costs twice method 2 and saves a tenth.
_QUALITY = 80
_METHOD = 4


@dataclass(slots=True)
class PdfPage:
    """What stands on one page, not yet cleaned."""

    title: str
    text: str
    smallest_type: float | None
    pictures_without_alt: int


@dataclass(frozen=True, slots=True)
class _TextLine:
    text: str
    height: float
    size: float


class Pdf:
    """An opened PDF. Raises Refused: encrypted, broken, too_many_pages or no_pages."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        try:
            self._document = pdfium.PdfDocument(path)
        except pdfium.PdfiumError as error:
            code = getattr(error, "err_code", None)
            raise Refused("encrypted" if code in _ENCRYPTED else "broken", str(error)) from error
        self.page_count = len(self._document)
        if self.page_count > limits.pages:
            raise Refused("too_many_pages", f"{self.page_count} pages")
        if self.page_count < 1:
            raise Refused("no_pages")

    def title(self) -> str:
        """The title that the file gives itself; may be empty."""
        return str(self._document.get_metadata_value("Title"))

    def language(self) -> str:
        """The language that the file declares, such as da-DK; may be empty."""
        length = raw.FPDFCatalog_GetLanguage(self._document, None, 0)
        if not 2 <= length <= 200:
            return ""
        letters = (raw.FPDF_WCHAR * (length // 2))()
        raw.FPDFCatalog_GetLanguage(self._document, letters, length)
        return bytes(letters).decode("utf-16-le", "ignore").rstrip("\x00")

    def is_tagged(self) -> bool:
        """Whether it says what is a heading, a list, a picture: what a screen reader goes by."""
        return bool(raw.FPDFCatalog_IsTagged(self._document))

    def read_page(self, index: int) -> PdfPage:
        """Title and text of the page (counted from 0)."""
        page = self._load(index)
        words = page.get_textpage()
        try:
            most = 2 * self._limits.page_text
            text = words.get_text_range(0, most) if words.count_chars() > most else words.get_text_bounded()
            lines = _lines(words)
            sized = sizes_of_lines((line.text, line.size) for line in lines)
            smallest = find_smallest_type(sized, max(page.get_size()))
            return PdfPage(_find_title(lines), text, smallest, count_figures_without_words(page.raw))
        finally:
            words.close()
            page.close()

    def draw_page(self, index: int, most_width: int = 0, most_height: int = 0) -> Image.Image:
        """A picture of the page so many pixels wide, less when too high; by itself as the limits say."""
        most_width = most_width or self._limits.picture_width
        most_height = most_height or self._limits.picture_height
        page = self._load(index)
        try:
            width, height = page.get_size()
            if not (0 < width < math.inf and 0 < height < math.inf):
                raise Refused("broken", f"page {index + 1} has no size")
            scale = min(most_width / width, most_height / height)
            bitmap = page.render(scale=scale, limit_image_cache=True)
            try:
                # Rounding up may make one pixel too many.
                size = (
                    min(bitmap.width, most_width),
                    min(bitmap.height, most_height),
                )
                return bitmap.to_pil().convert("RGB").crop((0, 0, *size))
            finally:
                bitmap.close()
        finally:
            page.close()

    def _load(self, index: int) -> pdfium.PdfPage:
        try:
            return self._document[index]
        except pdfium.PdfiumError as error:
            raise Refused("broken", f"page {index + 1}: {error}") from error

    def close(self) -> None:
        self._document.close()


def draw_pages(pdf: Pdf, into: Path, limits: Limits, on_page: Callable[[int], None]) -> list[tuple[int, int]]:
    """Write `picture_name` and `thumbnail_name` for each page. Returns the pictures' sizes in pixels."""
    sizes = []
    for index in range(pdf.page_count):
        picture = pdf.draw_page(index)
        picture.save(into / picture_name(index + 1), "WEBP", quality=_QUALITY, method=_METHOD)
        small = min(limits.thumbnail_width, picture.width)
        thumbnail = picture.resize(
            (small, max(1, round(picture.height * small / picture.width))), Image.Resampling.BOX
        )
        thumbnail.save(into / thumbnail_name(index + 1), "WEBP", quality=_QUALITY, method=_METHOD)
        sizes.append(picture.size)
        on_page(index + 1)
    return sizes


def _find_title(every: list[_TextLine]) -> str:
    """The lines in the largest letters, if they are clearly larger than the rest, else the first line."""
    lines = [line for line in every if sum(map(str.isalpha, line.text)) >= _LETTERS_IN_A_TITLE]
    if not lines:
        return ""
    largest = max(line.height for line in lines)
    # Weighted by length: what most letters on the page look like.
    usual = median([line.height for line in lines for _ in line.text[:200]])
    alone = len(lines) <= _MOST_TITLE_LINES and all(line.height >= _SAME_SIZE * largest for line in lines)
    if largest < _CLEARLY_LARGER * usual and not alone:
        return lines[0].text
    first = next(at for at, line in enumerate(lines) if line.height >= _SAME_SIZE * largest)
    title = [lines[first].text]
    for line in lines[first + 1 : first + _MOST_TITLE_LINES]:
        if line.height < _SAME_SIZE * largest:
            break
        title.append(line.text)
    return "\n".join(title)


def _lines(words: pdfium.PdfTextPage) -> list[_TextLine]:
    lines: list[_TextLine] = []
    letters: list[str] = []
    heights: list[float] = []
    sizes: list[float] = []
    box, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
    for index in range(min(words.count_chars(), _LETTERS_LOOKED_AT)):
        code = raw.FPDFText_GetUnicode(words, index)
        letter = chr(code) if code < 0x110000 else ""
        if letter in "\r\n":
            if heights:
                lines.append(_TextLine("".join(letters).strip(), median(heights), median(sizes)))
            letters, heights, sizes = [], [], []
            continue
        letters.append(letter)
        # The loose box counts the font's size and the page's scale; a font size alone knows no scale.
        if not letter.isspace() and raw.FPDFText_GetLooseCharBox(words, index, box):
            heights.append(abs(box.top - box.bottom))
            is_placed = raw.FPDFText_GetMatrix(words, index, matrix)
            scale = math.hypot(matrix.c, matrix.d) if is_placed else 1.0
            sizes.append(raw.FPDFText_GetFontSize(words, index) * scale)
    if heights:
        lines.append(_TextLine("".join(letters).strip(), median(heights), median(sizes)))
    return lines

"""The process that reads pages which are only pictures, and may die of it.

    python -m app.core.documents.scan_child PDF NUMBERS TESSERACT LIMITS

NUMBERS and LIMITS are JSON. Answers in lines of JSON: {"page": n, "text": …} for each page.
"""

import io
import json
import os
import sys
from pathlib import Path

from app.core.documents.child import limit_self
from app.core.documents.limits import Limits


def main(arguments: list[str]) -> int:
    path, numbers, program, limits_text = arguments
    limits = Limits(**json.loads(limits_text))
    limit_self(limits.scan_wall, limits.scan_wall, limits.file, limits.scan_memory, limits.scan_memory)
    os.environ["OMP_THREAD_LIMIT"] = "1"
    # Libraries may print; the answers go to a copy of standard output that only we know.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    from app.core.documents.pdf import Pdf
    from app.core.documents.scans import read_picture
    from app.core.documents.wording import clean_text, cut_text

    pdf = Pdf(Path(path), limits)
    for number in json.loads(numbers):
        drawn = io.BytesIO()
        page = pdf.draw_page(number - 1, limits.scan_width, limits.scan_height)
        page.convert("L").save(drawn, "PNG", compress_level=1)
        text = read_picture(program, drawn.getvalue(), limits.scan_page)
        text = cut_text(clean_text(text), limits.page_text)
        answers.write(json.dumps({"page": number, "text": text}) + "\n")
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

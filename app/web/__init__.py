"""The HTML doors: one module per subject, named as its address in English."""

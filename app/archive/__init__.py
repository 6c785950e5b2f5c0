"""The seed: the real archive as data, the examples of the demo, and what puts them in."""

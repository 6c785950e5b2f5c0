"""The look: a private style guide showing every part, and the tests that hold it."""

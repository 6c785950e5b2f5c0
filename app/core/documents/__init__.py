"""Reading uploaded decks: decide what a file is, and turn it into pages with text and pictures.

`check.check_upload` is quick and runs where the upload is taken. `reading.read_document` does the heavy work
in a child process with limits of its own, so that no file can take the server with it.
"""

"""Tables of the room. Mails that wait to be read and sent by a person."""

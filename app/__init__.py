"""Dialogforum: one record from a sentence said in a group to an effect measured years later."""

"""The one search box: an index of words over every room. It holds words, never rights."""

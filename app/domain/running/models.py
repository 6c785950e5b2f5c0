"""Tables of a meeting that runs: the item that is on, the clock, and what the big screen shows."""

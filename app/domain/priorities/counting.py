"""What the votes of a round come to. Plain sums, so that anybody can do them over with pencil and paper."""

from collections.abc import Collection, Mapping

Votes = Mapping[tuple[int, int], Mapping[int, int]]


def count_scores(
    method: str, weights: Mapping[int, int], need_ids: Collection[int], votes: Votes
) -> dict[int, int]:
    """The score of each need, over all deciders and criteria.

    `votes`: {(decider, criterion): {need: place or points}}. Of points the sum, each times the weight of its
    criterion. Of places Borda's count: on each criterion the last gets nothing, and each one before it one
    more. A need that is not among `need_ids` is passed over, as if nobody had been asked of it.
    """
    scores = dict.fromkeys(need_ids, 0)
    for (_, criterion_id), given in votes.items():
        standing = {need_id: value for need_id, value in given.items() if need_id in scores}
        if method == "ranking":
            in_order = sorted(standing, key=lambda need_id: standing[need_id])
            standing = {need_id: len(in_order) - place for place, need_id in enumerate(in_order, 1)}
        for need_id, points in standing.items():
            scores[need_id] += points * weights[criterion_id]
    return scores


def place_all(scores: Mapping[int, int]) -> dict[int, int]:
    """The place of each, 1 the first; the same score is the same place, and the next one is left out."""
    return {need_id: 1 + sum(other > score for other in scores.values()) for need_id, score in scores.items()}

"""The state machine as a picture, drawn from the state table, with the path an order took.

The way of a drink runs down, the other ends are at the side, and moves back bend to the left.
"""

from dataclasses import dataclass

from serverlesspresso.extension_api.orders import EDGES, Status

from .timeline import Timeline

S = Status
_WAY = (S.VALIDATING, S.CHOOSING, S.SUBMITTED, S.QUEUED, S.MAKING, S.READY, S.COLLECTED)
_ENDS = {S.REJECTED: 0.5, S.TIMED_OUT: 2.0, S.CANCELLED: 4.0}
"""The unhappy ends, and the two statuses between which each is drawn."""
_TOP, _STEP = 38, 88
_X, _WIDTH, _HALF = 132, 136, 23
_END_X, _END_WIDTH = 302, 106
WIDTH, HEIGHT = 360, _TOP * 2 + _STEP * (len(_WAY) - 1)


@dataclass(frozen=True)
class Node:
    """A status: where it is drawn, and whether the order was, or is, there."""

    status: Status
    label: str
    x: int
    y: int
    left: int
    top: int
    width: int
    height: int
    state: str
    first: object
    times: int


@dataclass(frozen=True)
class Arrow:
    """A legal move; `taken` if this order made it."""

    path: str
    taken: bool


def nodes(story: Timeline, status: Status) -> list[Node]:
    """Every status of the state table."""
    return [_node(each, story, status) for each in (*_WAY, *_ENDS)]


def _node(each: Status, story: Timeline, status: Status) -> Node:
    x, y = _where(each)
    width = _END_WIDTH if each in _ENDS else _WIDTH
    visits = story.visits.get(each, [])
    state = "now" if each == status else "been" if visits else "not"
    return Node(
        each,
        str(each.label),
        x,
        y,
        x - width // 2,
        y - _HALF,
        width,
        _HALF * 2,
        state,
        visits[0] if visits else None,
        len(visits),
    )


def arrows(story: Timeline) -> list[Arrow]:
    """Every move of the state table, each once; the taken ones last, so that they lie on top."""
    moves = {(source, edge.target) for edge in EDGES.values() for source in edge.sources}
    moves |= story.moves
    drawn = [Arrow(_path(*move), move in story.moves) for move in sorted(moves)]
    return sorted(drawn, key=lambda arrow: arrow.taken)


def _where(status: Status) -> tuple[int, int]:
    if status in _ENDS:
        return _END_X, round(_TOP + _STEP * _ENDS[status])
    return _X, _TOP + _STEP * _WAY.index(status)


def _path(source: Status, target: Status) -> str:
    (x, y), (to_x, to_y) = _where(source), _where(target)
    if target in _ENDS:
        start, end = x + _WIDTH // 2, to_x - _END_WIDTH // 2 - 3
        middle = (start + end) // 2
        return f"M{start} {y} C{middle} {y} {middle} {to_y} {end} {to_y}"
    left = _X - _WIDTH // 2
    if source == target:
        return f"M{left} {y - 10} C{left - 30} {y - 22} {left - 30} {y + 22} {left - 4} {y + 10}"
    if to_y - y == _STEP:
        return f"M{x} {y + _HALF} L{x} {to_y - _HALF - 4}"
    bend = left - 40 - 10 * (abs(to_y - y) // _STEP - 1)
    return f"M{left} {y} C{bend} {y} {bend} {to_y} {left - 4} {to_y}"

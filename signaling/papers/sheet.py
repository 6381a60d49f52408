"""Finds the sheet in a photograph: four corners, how sure that is, and which sides the picture cuts off.

Long straight edges are gathered in all three channels of CIELAB, where a sheet differs from its desk in lightness or in
colour; every four of them that could be a sheet's sides are weighed by how much of each side is a step from one
colour to another, the same all along, that ends where the side ends. The best is then measured again on the larger
picture, across its sides, to a fraction of a pixel.

What this promises: no answer without such evidence. A sheet without contrast against its desk is not found; the caller
falls back to the hull of its words and then to a person (`Sheet.by`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Picture = NDArray[Any]
    Points = NDArray[Any]

COARSE = 720
"""Pixels of the longer side where edges are searched: a sheet's side is long, its words are a pixel thin there."""
FINE = 1800
"""Pixels of the longer side where corners are measured."""
PIECES = 90
"""Straight edges that are looked along: the longest together."""
LINES = 40
"""Of these, the ones that part two colours over the longest way: rows of words and the grain of wood part none."""
ALIKE = 9
"""And no more of them than this that run the same way, within three degrees: a striped cloth has a hundred."""
MOST_STEPS = 3.0
"""A side on a black mat is no better than one on a grey desk."""
FAR = 11.0
"""Pixels across a line where a sheet is still on one side and the desk on the other: a row of words has ended there."""
WINDOW = 32
"""Pixels over which a step is taken together: noise and letters go away, a card's short side is three of these."""
STEP_LAB = 5.0
"""Least difference of colour across a side, in CIELAB's units: twice what one can just see."""
LEAST_AREA = 0.008
SURE = 0.58
"""Least score of a sheet: sheets have 0.64 and more, noise and clouds 0.52 at most."""
COLUMNS = 14
PROPORTIONS = (1.414, 1.586, 1.362)
"""ISO 216 (A4 and its family), ISO/IEC 7810 ID-1, a page of the household register (143 × 105 mm)."""
BORDER_WORTH = 0.35
"""What a side is worth that lies outside the picture: less than a weak edge, more than none."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where the sheet lies. `corners`: clockwise, in pixels of the picture."""

    corners: Points
    score: float
    by: Literal["sheet", "words", "whole", "hand"] = "sheet"
    cut: int = 0
    """How many of its sides the picture's border cuts off."""


@dataclass(slots=True)
class _Line:
    """A straight edge through the whole picture: a point, its direction, and the evidence along it."""

    point: NDArray[Any]
    along: NDArray[Any]
    border: bool
    start: float = 0.0
    steps: NDArray[Any] | None = None
    """Running sums, a row for each pixel along the line: difference of colour (3), its size, whether it is a step, the
    colours on the two sides (3 and 3), and their difference farther off (3)."""

    @property
    def normal(self) -> NDArray[Any]:
        return np.array((-self.along[1], self.along[0]))


def find(picture: Picture) -> Sheet | None:
    """Return the sheet of a BGR picture, or None when nothing in it looks like one."""
    scale = min(1.0, COARSE / max(picture.shape[:2]))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    smooth = cv2.cvtColor(cv2.medianBlur(small, 9), cv2.COLOR_BGR2LAB)
    lines = _lines(smooth)
    best = _best(lines, smooth, _print(small))
    if best is None:
        return None
    corners, score, cut = best
    if score < SURE:
        return None
    return Sheet(_measured(picture, corners / scale), score, cut=cut)


def _lines(lab: Picture) -> list[_Line]:
    """Return the longest straight edges, and the four borders of the picture."""
    height, width = lab.shape[:2]
    found: list[tuple[float, NDArray[Any], NDArray[Any]]] = []
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE)
    # Once more with what is faint made strong: a white card on a light desk differs by less than a shadow does.
    light = lab[..., 0].astype(np.float32)
    faint = (light - cv2.GaussianBlur(light, (0, 0), 14)) * 4 + 128
    for plane in (
        lab[..., 0],
        np.clip(faint, 0, 255).astype(np.uint8),
        *(cv2.convertScaleAbs(lab[..., channel], alpha=2.5, beta=-192) for channel in (1, 2)),
    ):
        segments = detector.detect(plane)[0]
        for x1, y1, x2, y2 in [] if segments is None else segments.reshape(-1, 4).astype(np.float64):
            length = float(np.hypot(x2 - x1, y2 - y1))
            if length >= 18:
                found.append((length, np.array((x1, y1)), np.array((x2, y2))))
    lines = _merged(found, min(height, width))
    for line in lines:
        _weigh(line, lab)
    lines = _chosen(lines)
    for x, y, along in ((0, 0, (1, 0)), (0, height, (1, 0)), (0, 0, (0, 1)), (width, 0, (0, 1))):
        border = _Line(np.array((x, y), float), np.array(along, float), border=True)
        lines.append(border)
    return lines


def _merged(found: list[tuple[float, NDArray[Any], NDArray[Any]]], room: float) -> list[_Line]:
    """Return the straight lines that pieces lie on, longest together first."""
    found = sorted(found, key=lambda one: -one[0])[:400]
    if not found:
        return []
    lengths = np.array([length for length, _, _ in found])
    starts, ends = np.array([a for _, a, _ in found]), np.array([b for _, _, b in found])
    middles, ways = (starts + ends) / 2, (ends - starts) / lengths[:, None]
    free = np.ones(len(found), bool)
    grouped: list[tuple[float, _Line]] = []
    for index in range(len(found)):
        if not free[index]:
            continue
        normal = np.array((-ways[index][1], ways[index][0]))
        near = (
            free & (np.abs((middles - middles[index]) @ normal) < 3.5 + 0.004 * room) & (np.abs(ways @ normal) < 0.045)
        )
        free &= ~near
        points = np.concatenate([starts[near], ends[near]])
        weights = np.concatenate([lengths[near], lengths[near]])
        middle = np.average(points, axis=0, weights=weights)
        spread = ((points - middle) * weights[:, None]).T @ (points - middle)
        along = np.linalg.eigh(spread)[1][:, 1]
        if along @ ways[index] < 0:
            along = -along
        grouped.append((float(lengths[near].sum()), _Line(middle, along, border=False)))
    grouped.sort(key=lambda one: -one[0])
    return [line for length, line in grouped[:PIECES] if length > 0.08 * room]


def _weigh(line: _Line, lab: Picture) -> None:
    """Look across the line at every pixel along it, through the whole picture."""
    height, width = lab.shape[:2]
    reach = float(np.hypot(height, width))
    t = np.arange(-reach, reach)
    points = line.point + t[:, None] * line.along
    inside = (points[:, 0] > 1) & (points[:, 0] < width - 2) & (points[:, 1] > 1) & (points[:, 1] < height - 2)
    t, points = t[inside], points[inside]
    if not len(t):
        line.start, line.steps = 0.0, np.zeros((1, COLUMNS))
        return
    one, other = (_colours(lab, points + offset * line.normal) for offset in (4.0, -4.0))
    size = np.linalg.norm(one - other, axis=1)
    far = _colours(lab, points + FAR * line.normal) - _colours(lab, points - FAR * line.normal)
    rows = np.column_stack([one - other, size, size > STEP_LAB, one, other, far])
    line.start = float(t[0])
    line.steps = np.concatenate([np.zeros((1, COLUMNS)), np.cumsum(rows, axis=0)])


def _chosen(lines: list[_Line]) -> list[_Line]:
    """Return the lines that part two colours over the longest way, of every direction a few."""
    chosen: list[_Line] = []
    for line in sorted(lines, key=_parting, reverse=True):
        if sum(abs(float(line.along @ other.along)) > 0.9986 for other in chosen) < ALIKE:
            chosen.append(line)
    return chosen[:LINES]


def _parting(line: _Line) -> float:
    """Return over how many pixels a line parts two colours, near it and farther off, all along each window of it."""
    assert line.steps is not None
    if len(line.steps) <= WINDOW:
        return 0.0
    windows = (line.steps[WINDOW:] - line.steps[:-WINDOW]) / WINDOW
    step, far = windows[:, :3], windows[:, 11:14]
    size = np.maximum(1e-6, np.linalg.norm(step, axis=1))
    both = np.minimum(size, np.einsum("ij,ij->i", step, far) / size)
    parted = float((np.clip(both / STEP_LAB, 0, MOST_STEPS) ** 2).sum())
    # From one border of the picture to the other: a stripe of the cloth, a gap between boards.
    one, other = step[: WINDOW // 2].mean(0), step[-WINDOW // 2 :].mean(0)
    through = one @ other > 0.5 * max(STEP_LAB**2, float(max(one @ one, other @ other)))
    return 0.3 * parted if through else parted


def _colours(lab: Picture, points: NDArray[Any]) -> NDArray[Any]:
    height, width = lab.shape[:2]
    at = np.rint(points).astype(int)
    seen = lab[np.clip(at[:, 1], 0, height - 1), np.clip(at[:, 0], 0, width - 1)]
    return np.asarray(seen, np.float64)


def _print(small: Picture) -> NDArray[Any]:
    """Return running sums of where fine dark or light marks are, as print makes them: one corner to the other."""
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    marks = np.abs(grey.astype(np.int16) - cv2.medianBlur(grey, 9)) > 14
    return np.asarray(cv2.integral(cv2.dilate(marks.astype(np.uint8), np.ones((5, 5), np.uint8))), np.float64)


def _best(lines: list[_Line], lab: Picture, marks: NDArray[Any]) -> tuple[Points, float, int] | None:
    """Return the four lines that most look like a sheet's sides, as corners, with the score and the sides cut off."""
    height, width = lab.shape[:2]
    points, ways = np.array([line.point for line in lines]), np.array([line.along for line in lines])
    crossing, at, t = _crossings(points, ways)
    frame = np.array((width, height))
    beyond = 0.12 * frame
    crossing &= (at > -beyond).all(-1) & (at < frame + beyond).all(-1)
    a, c, b, d = _rounds(lines, ways, crossing)
    quads = np.stack([at[d, a], at[a, c], at[c, b], at[b, d]], axis=1)
    area = _area(quads)
    keep = _convex(quads) & (np.abs(area) > LEAST_AREA * height * width) & _proportioned(quads)
    a, b, c, d, quads, area = a[keep], b[keep], c[keep], d[keep], quads[keep], area[keep]
    if not len(a):
        return None
    middle = quads.mean(1)
    sides = [
        _side(lines, number, start, end, middle)
        for number, start, end in (
            (a, t[a, d], t[a, c]),
            (c, t[c, a], t[c, b]),
            (b, t[b, c], t[b, d]),
            (d, t[d, b], t[d, a]),
        )
    ]
    worth = np.stack([side for side, _ in sides], axis=1)
    inner = np.stack([colour for _, colour in sides], axis=1)
    share = np.clip(np.abs(area) / (height * width), 0, 1)
    borders = np.array([line.border for line in lines])
    cut = borders[np.stack([a, c, b, d], axis=1)].sum(1)
    score = (0.55 * worth.mean(1) + 0.45 * worth.min(1)) * _one_margin(inner) * (0.7 + 0.3 * _printed(quads, marks))
    score += 0.28 * np.sqrt(share) + 0.12 * _known(quads)
    score -= 0.1 * np.linalg.norm(middle / frame - 0.5, axis=1) + 0.06 * cut
    score[cut > 2] = 0
    index = _outer(int(np.argmax(score)), quads, score, worth, inner)
    corners = quads[index]
    if area[index] < 0:
        corners = corners[::-1]
    return corners.astype(np.float32), float(score[index]), int(cut[index])


def _rounds(lines: list[_Line], ways: NDArray[Any], crossing: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return all lines that may be a sheet's sides: in turn around it, the first opposite the third."""
    count = len(lines)
    opposite = [
        (i, j) for i in range(count) for j in range(i + 1, count)
        if abs(ways[i] @ ways[j]) > 0.8 and not (lines[i].border and lines[j].border)
    ]  # fmt: skip
    first, second = np.array(opposite, int).reshape(-1, 2).T
    one, two = np.triu_indices(len(first), 1)
    a, b, c, d = first[one], second[one], first[two], second[two]
    keep = crossing[a, c] & crossing[c, b] & crossing[b, d] & crossing[d, a]
    return a[keep], c[keep], b[keep], d[keep]


def _outer(best: int, quads: NDArray[Any], score: NDArray[Any], worth: NDArray[Any], inner: NDArray[Any]) -> int:
    """Return the best, or what lies close around it on paper of the same colour: a printed frame is no sheet's edge.

    A shadow that the sheet casts lies close around it too, but on the desk.
    """
    mine = quads[best]
    diagonal = max(float(np.linalg.norm(mine[2] - mine[0])), float(np.linalg.norm(mine[3] - mine[1])))
    apart = np.linalg.norm(quads[:, None] - mine[None, :, None], axis=3)
    close = (apart.min(2) < 0.09 * diagonal).all(1)
    area = np.abs(_area(quads))
    larger = area > 1.01 * area[best]
    near = np.flatnonzero(close & larger & (worth.min(1) > 0.85) & (score > score[best] - 0.1))
    if not len(near):
        return best
    with np.errstate(all="ignore"):
        away = np.abs(np.nanmean(inner[near], axis=1) - np.nanmean(inner[best], axis=0))
    near = near[(away[:, 0] < 30) & (np.hypot(away[:, 1], away[:, 2]) < 5)]
    return int(near[np.argmax(score[near])]) if len(near) else best


def _crossings(points: NDArray[Any], ways: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return for every two lines: whether they cross steeply, where, and how far along the first that is."""
    cross = ways[:, None, 0] * ways[None, :, 1] - ways[:, None, 1] * ways[None, :, 0]
    steep = np.abs(cross) > 0.5
    between = points[None, :] - points[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (between[..., 0] * ways[None, :, 1] - between[..., 1] * ways[None, :, 0]) / cross
    t = np.where(steep, t, 0.0)
    return steep, points[:, None] + t[..., None] * ways[:, None], t


def _area(quads: NDArray[Any]) -> NDArray[Any]:
    x, y = quads[..., 0], quads[..., 1]
    return np.asarray(0.5 * (x * np.roll(y, -1, 1) - y * np.roll(x, -1, 1)).sum(1))


def _convex(quads: NDArray[Any]) -> NDArray[Any]:
    sides = np.roll(quads, -1, 1) - quads
    following = np.roll(sides, -1, 1)
    turn = sides[..., 0] * following[..., 1] - sides[..., 1] * following[..., 0]
    return np.asarray((turn > 0).all(1) | (turn < 0).all(1))


def _proportioned(quads: NDArray[Any]) -> NDArray[Any]:
    """A paper is at most twice as long as wide, and its opposite sides differ by no more than a tilt makes them."""
    sides = np.linalg.norm(np.roll(quads, -1, 1) - quads, axis=2)
    one, two = (sides[:, 0] + sides[:, 2]) / 2, (sides[:, 1] + sides[:, 3]) / 2
    ratio = np.maximum(one, two) / np.maximum(1e-6, np.minimum(one, two))
    tilt = np.maximum(sides[:, :2], sides[:, 2:]) / np.maximum(1e-6, np.minimum(sides[:, :2], sides[:, 2:]))
    return np.asarray((ratio < 2.1) & (tilt < 1.6).all(1), bool)


def _side(
    lines: list[_Line], index: NDArray[Any], start: NDArray[Any], end: NDArray[Any],
    middle: NDArray[Any],
) -> tuple[NDArray[Any], NDArray[Any]]:  # fmt: skip
    """Return what each side is worth, 0 to 1, and its margin's colour (NaN at the picture's border).

    Worth most is a step of one kind all along, that does not go on beyond the side's ends.
    """
    low, high = np.minimum(start, end), np.maximum(start, end)
    worth, colour = np.zeros(len(index)), np.full((len(index), 3), np.nan)
    for number in np.unique(index):
        line, mine = lines[number], index == number
        if line.border:
            worth[mine] = BORDER_WORTH
            continue
        length = high[mine] - low[mine]
        inner = _sums(line, low[mine] + 0.04 * length, high[mine] - 0.04 * length)
        # What lies outside the picture is nobody's evidence: a corner that is cut off leaves two shortened sides.
        pixels = np.maximum(1.0, inner[:, -1])
        seen = np.clip(pixels / np.maximum(1.0, 0.92 * length), 0, 1)
        size = np.maximum(1e-6, np.linalg.norm(inner[:, :3], axis=1))
        alike = size / np.maximum(1e-6, inner[:, 3])
        reach = np.maximum(6.0, 0.1 * length)
        goes_on = np.zeros(len(length))
        for outer in (
            _sums(line, high[mine] + 3, high[mine] + 3 + reach), _sums(line, low[mine] - 3 - reach, low[mine] - 3)
        ):  # fmt: skip
            kind = np.einsum("ij,ij->i", outer[:, :3], inner[:, :3]) / size
            goes_on += np.clip(kind / np.maximum(5.0, outer[:, -1]) / (size / pixels), 0, 1) * 0.5
        steps = np.minimum(1, inner[:, 4] / pixels) * np.sqrt(seen)
        worth[mine] = steps * np.clip(alike, 0, 1) * (1 - 0.45 * goes_on)
        beyond = (middle[mine] - line.point) @ line.normal > 0
        colour[mine] = np.where(beyond[:, None], inner[:, 5:8], inner[:, 8:11]) / pixels[:, None]
    return worth, colour


def _one_margin(inner: NDArray[Any]) -> NDArray[Any]:
    """Return how much the margins inside the four sides are of one colour; shadows darken, they do not tint."""
    with np.errstate(all="ignore"):
        spread = np.nanmax(inner, axis=1) - np.nanmin(inner, axis=1)
    # Half a sheet in the shade of an arm is still one sheet: lightness counts for little.
    away = np.hypot(spread[:, 0] / 200, np.hypot(spread[:, 1], spread[:, 2]) / 22)
    return np.asarray(np.exp(-(np.nan_to_num(away) ** 2)), np.float64)


def _known(quads: NDArray[Any]) -> NDArray[Any]:
    """Return how near each comes to the proportions of a paper there is; a tilt changes them by a few per cent."""
    sides = np.linalg.norm(np.roll(quads, -1, 1) - quads, axis=2)
    one, two = (sides[:, 0] + sides[:, 2]) / 2, (sides[:, 1] + sides[:, 3]) / 2
    ratio = np.maximum(one, two) / np.maximum(1e-6, np.minimum(one, two))
    away = np.min([np.abs(np.log(ratio / known)) for known in PROPORTIONS], axis=0)
    return np.asarray(np.exp(-((away / 0.08) ** 2)), np.float64)


def _printed(quads: NDArray[Any], marks: NDArray[Any]) -> NDArray[Any]:
    """Return how much print lies in the middle half of each, up to 1: a twelfth of the area is as good as any."""
    middle = quads.mean(1)
    half = np.abs(quads - middle[:, None]).min(1) * 0.6 + 4
    # Towards each corner too: a lamp may have burnt out the middle.
    places = [(middle, half), *((0.55 * middle + 0.45 * quads[:, n], half * 0.5) for n in range(4))]
    return np.asarray(np.max([_marked(marks, at, around) for at, around in places], axis=0))


def _marked(marks: NDArray[Any], at: NDArray[Any], half: NDArray[Any]) -> NDArray[Any]:
    height, width = marks.shape[0] - 1, marks.shape[1] - 1
    low = np.clip(np.rint(at - half), 0, (width, height)).astype(int)
    high = np.clip(np.rint(at + half), 0, (width, height)).astype(int)
    inside = (
        marks[high[:, 1], high[:, 0]] - marks[low[:, 1], high[:, 0]] - marks[high[:, 1], low[:, 0]]
        + marks[low[:, 1], low[:, 0]]
    )  # fmt: skip
    room = np.maximum(1, (high - low).prod(1))
    return np.asarray(np.clip(inside / room * 12, 0, 1), np.float64)


def _sums(line: _Line, low: NDArray[Any], high: NDArray[Any]) -> NDArray[Any]:
    """Return what the line gathers between two places along it, and over how many pixels of the picture."""
    assert line.steps is not None
    last = len(line.steps) - 1
    one = np.clip(np.rint(low - line.start), 0, last).astype(int)
    two = np.clip(np.rint(high - line.start), 0, last).astype(int)
    return np.column_stack([line.steps[two] - line.steps[one], two - one])


def _measured(picture: Picture, corners: Points) -> Points:
    """Return the corners measured on the larger picture: each side where the colour steps, fitted over all of it."""
    scale = min(1.0, FINE / max(picture.shape[:2]))
    fine = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    lab = cv2.cvtColor(cv2.medianBlur(fine, 5), cv2.COLOR_BGR2LAB)
    found = corners.astype(np.float64) * scale
    diagonal = float(np.linalg.norm(found[2] - found[0]))
    for reach in (0.016 * diagonal, 0.006 * diagonal):
        sides = [_fitted(lab, found[n], found[(n + 1) % 4], max(6.0, reach)) for n in range(4)]
        moved = np.array([_meet(sides[n - 1], sides[n]) for n in range(4)])
        if np.abs(moved - found).max() > 2.5 * reach:
            break  # the sides lost themselves: what was found first is better
        found = moved
    return np.asarray(found / scale, np.float32)


def _fitted(lab: Picture, start: NDArray[Any], end: NDArray[Any], reach: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a side as a point and a direction, moved to where the colour steps most within `reach` pixels."""
    height, width = lab.shape[:2]
    along = (end - start) / max(1e-6, float(np.linalg.norm(end - start)))
    normal = np.array((-along[1], along[0]))
    places = start + np.linspace(0.07, 0.93, 72)[:, None] * (end - start)
    seen = (places > 2).all(1) & (places[:, 0] < width - 3) & (places[:, 1] < height - 3)
    places = places[seen]
    if len(places) < 12:
        return start, along
    offsets = np.arange(-reach - 5, reach + 6)
    grid = places[:, None] + offsets[None, :, None] * normal
    samples = cv2.remap(lab, grid[..., 0].astype(np.float32), grid[..., 1].astype(np.float32), cv2.INTER_LINEAR,
                        borderMode=cv2.BORDER_REPLICATE).astype(np.float64)  # fmt: skip
    sums = np.concatenate([np.zeros((len(places), 1, 3)), np.cumsum(samples, axis=1)], axis=1)
    # Four pixels on either side of each offset.
    step = (sums[:, 9:] - sums[:, 5:-4]) / 4 - (sums[:, 4:-5] - sums[:, :-9]) / 4
    kind = step[:, step.shape[1] // 2 - 3 : step.shape[1] // 2 + 4].mean((0, 1))
    size = float(np.linalg.norm(kind))
    strength = step @ (kind / size) if size > 1 else np.linalg.norm(step, axis=2)
    best = strength.argmax(1)
    offset = offsets[4:-4][best]
    enough = strength[np.arange(len(best)), best] > 0.4 * np.median(strength.max(1))
    if enough.sum() < 12:
        return start, along
    points = (places + offset[:, None] * normal)[enough]
    return _robust(points, along)


def _robust(points: NDArray[Any], along: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the line most of the points lie on: the best of all pairs a third apart, then fitted to who agrees."""
    normal = np.array((-along[1], along[0]))
    x, y = (points - points[0]) @ along, (points - points[0]) @ normal
    third = max(1, len(x) // 3)
    i = np.arange(len(x) - third)
    pairs = np.concatenate(
        [np.stack([i, i + third], 1), np.stack([i[: len(x) - 2 * third], i[: len(x) - 2 * third] + 2 * third], 1)]
    )
    slope = (y[pairs[:, 1]] - y[pairs[:, 0]]) / (x[pairs[:, 1]] - x[pairs[:, 0]])
    away = np.abs(y[None, :] - y[pairs[:, 0], None] - slope[:, None] * (x[None, :] - x[pairs[:, 0], None]))
    agree = away < 1.6
    mine = agree[int(agree.sum(1).argmax())]
    line = np.polyfit(x[mine], y[mine], 1)
    start = points[0] + line[1] * normal
    way = along + line[0] * normal
    return start, way / np.linalg.norm(way)


def _meet(one: tuple[NDArray[Any], NDArray[Any]], two: tuple[NDArray[Any], NDArray[Any]]) -> NDArray[Any]:
    (p, a), (q, b) = one, two
    cross = a[0] * b[1] - a[1] * b[0]
    if abs(cross) < 1e-6:
        return q
    t = ((q[0] - p[0]) * b[1] - (q[1] - p[1]) * b[0]) / cross
    return np.asarray(p + t * a, np.float64)

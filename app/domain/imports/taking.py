"""The rows of each kind: what would become of them, and the verbs that do it."""

import csv
import io
from calendar import monthrange
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sqlalchemy import or_, select

from app.core.clock import today
from app.core.policy import SYSTEM, Refused
from app.core.storage import Storage
from app.core.text import CPR_NUMBER, fold, shorten
from app.domain.commitments import measuring
from app.domain.commitments import service as commitments
from app.domain.commitments.models import Commitment, CommitmentContribution, CommitmentTheme
from app.domain.commitments.models import Indicator as IndicatorRow
from app.domain.commitments.models import Measurement as MeasurementRowOf
from app.domain.commitments.recording import put_commitment
from app.domain.commitments.schemas import (
    CommitmentEdit,
    CommitmentFacts,
    CorrectionInput,
    IndicatorFacts,
    MeasurementInput,
    MoveInput,
)
from app.domain.contributions.models import Contribution, ContributionTheme
from app.domain.contributions.schemas import ContributionFacts
from app.domain.contributions.service import put_contribution, tag_contributions
from app.domain.imports.addresses import add_old_address, find_target, path_of
from app.domain.imports.columns import Kind
from app.domain.imports.looking import (
    Found,
    Line,
    Place,
    Problem,
    Taking,
    Wrong,
    compare,
    key_of,
    named_like,
    noon,
    problem,
    read_cells,
)
from app.domain.imports.rows import (
    CommitmentRow,
    ContributionRow,
    DeckRow,
    MeasurementRow,
    MeetingRow,
    PartRow,
    PersonRow,
    ProgrammeRow,
)
from app.domain.meetings import programme
from app.domain.meetings import service as meetings
from app.domain.meetings.models import Meeting, MeetingOrganiser, Series
from app.domain.meetings.numbering import make_key
from app.domain.meetings.queries import PartView
from app.domain.meetings.recording import put_meeting
from app.domain.meetings.schemas import (
    MAIN_SERIES,
    AppearanceEdit,
    AppearanceInput,
    ItemInput,
    MeetingFacts,
    MeetingInput,
)
from app.domain.organisations.models import Organisation
from app.domain.presentations.batches import check_batch, names_in, take_row
from app.domain.users.queries import find_persons_by_name


def look(taking: Taking, kind: Kind | None, cells: dict[str, str]) -> Found:
    """What would become of the row."""
    if kind is None:
        return Found("refused", problems=[problem("import_row_kind", "tabel")])
    title = _title_of(cells)
    try:
        found = _LOOKS[kind](taking, read_cells(kind, cells))
    except Wrong as wrong:
        is_only_theme = all(one["code"] == "import_row_theme" for one in wrong.problems)
        return Found("theme" if is_only_theme else "refused", title, wrong.problems)
    found.title = found.title or title
    if found.changes and found.state == "unchanged":
        found.state = "changed"
    return found


def _title_of(cells: dict[str, str]) -> str:
    """What a row is called, whatever is wrong with it; never with a CPR number."""
    words = next(
        (cells[one] for one in ("title", "text", "person", "commitment", "file") if one in cells), ""
    )
    return CPR_NUMBER.sub("▇▇▇", shorten(" ".join(words.split()), 120))


# --- meetings


def _look_at_meeting(taking: Taking, row: MeetingRow) -> Found:
    if row.date_certainty == "month":
        row.date = row.date.replace(day=monthrange(row.date.year, row.date.month)[1])
    organisers = [taking.require_organisation(name, "organisers") for name in row.organisers]
    meeting = _find_meeting(taking, row)
    name = str(row.number) if row.number else fold(row.key)
    found = Found("new", f"{row.number}. {row.title}" if row.number else row.title)
    if meeting is not None:
        return _look_at_known_meeting(taking, row, meeting, organisers, found)
    if ("meeting", name or fold(row.title)) in taking.planned:
        raise Wrong(problem("import_row_twice"))
    taking.planned["meeting", name or fold(row.title)] = ""
    taking.plan_meeting({name, fold(row.title)}, row.date)
    found.do = lambda: _put_meeting(taking, row, organisers)
    return found


def _find_meeting(taking: Taking, row: MeetingRow) -> Meeting | None:
    if row.number is not None:
        is_it = (Series.key == MAIN_SERIES) & (Meeting.number == row.number)
    elif row.key:
        is_it = Meeting.key == row.key.lower()
    else:
        is_it = (Series.key == row.series) & (Meeting.held_on == row.date) & (Meeting.title == row.title)
    query = select(Meeting).join(Series, Series.id == Meeting.series_id).where(is_it)
    return taking.session.scalars(query.order_by(Meeting.id).limit(1)).one_or_none()


# Field of the row, and of the meeting.
_SAME: Final = {
    "title": "title",
    "date": "held_on",
    "date_certainty": "date_certainty",
    "format": "format",
    "venue": "venue",
    "topics": "topics",
    "participants": "participants_approx",
    "vendor_companies": "vendor_companies",
    "introduction": "introduction",
}


def _look_at_known_meeting(
    taking: Taking, row: MeetingRow, meeting: Meeting, organisers: list[int], found: Found
) -> Found:
    told = row.model_fields_set
    found.state, found.path = "unchanged", f"/moeder/{meeting.key}"
    pairs = [(one, getattr(meeting, two), getattr(row, one)) for one, two in _SAME.items() if one in told]
    for name, moment in (("starts", meeting.starts_at), ("ends", meeting.ends_at)):
        if name in told:
            before = programme_clock(moment)
            pairs.append((name, before, f"{getattr(row, name):%H.%M}"))
    found.changes = compare(pairs)
    current = set(
        taking.session.scalars(
            select(MeetingOrganiser.organisation_id)
            .where(MeetingOrganiser.meeting_id == meeting.id)
            .order_by(MeetingOrganiser.organisation_id)
        )
    )
    if organisers and current != set(organisers):
        found.changes.append(["organisers", "", "; ".join(row.organisers)])
    if row.old_address and find_target(taking.session, path_of(row.old_address)) is None:
        found.changes.append(["old_address", "", path_of(row.old_address)])
    found.do = lambda: _edit_meeting(taking, row, meeting, organisers or sorted(current))
    return found


def programme_clock(moment: Any) -> str:
    from app.core.clock import clock_of

    clock = clock_of(moment)
    return f"{clock:%H.%M}" if clock else ""


def _put_meeting(taking: Taking, row: MeetingRow, organisers: list[int]) -> str:
    session = taking.session
    key = str(row.number) if row.number and row.series == MAIN_SERIES else row.key.lower()
    if not key:
        stem = f"{row.series}-{row.date.year}-"
        taken = session.scalars(select(Meeting.key).where(Meeting.key.startswith(stem, autoescape=True)))
        key = make_key(row.series, row.date.year, row.title, taken)
    keys = session.scalars(
        select(Organisation.key).where(Organisation.id.in_(organisers)).order_by(Organisation.id)
    )
    facts = MeetingFacts(
        key=key,
        series=row.series,
        number=row.number if row.series == MAIN_SERIES else None,
        title=row.title,
        status="draft",
        date=row.date,
        date_certainty=row.date_certainty,
        starts_at=row.starts,
        ends_at=row.ends,
        format=row.format,
        venue=row.venue,
        introduction=row.introduction,
        organisers=list(keys),
        topics=row.topics,
        participants_approx=row.participants,
        vendor_companies=row.vendor_companies,
        source_urls=[row.source] if row.source else [],
        source_note="",
    )
    put_meeting(session, SYSTEM, facts)
    _lead_on(taking, row, key)
    return f"/moeder/{key}"


def _edit_meeting(taking: Taking, row: MeetingRow, meeting: Meeting, organisers: list[int]) -> str:
    told = row.model_fields_set
    series = taking.session.get_one(Series, meeting.series_id)
    values: dict[str, Any] = {
        "series": series.key,
        "number": meeting.number,
        "starts": programme_clock(meeting.starts_at).replace(".", ":") or None,
        "ends": programme_clock(meeting.ends_at).replace(".", ":") or None,
        "join_url": meeting.join_url,
        "seats": meeting.seats,
        "seats_per_organisation": meeting.seats_per_organisation,
        "registration_closes_on": meeting.registration_closes_on,
        "organisers": organisers,
    }
    values |= {two: getattr(row, one) if one in told else getattr(meeting, two) for one, two in _SAME.items()}
    values |= {name: getattr(row, name) for name in ("starts", "ends") if name in told}
    given = MeetingInput.model_validate(values)
    meetings.edit_meeting(taking.session, SYSTEM, meeting.id, meeting.version, given)
    _lead_on(taking, row, meeting.key)
    return f"/moeder/{meeting.key}"


def _lead_on(taking: Taking, row: MeetingRow, key: str) -> None:
    if row.old_address and find_target(taking.session, path_of(row.old_address)) is None:
        add_old_address(taking.session, SYSTEM, row.old_address, f"/moeder/{key}")


# --- programme and people


def _look_at_programme(taking: Taking, row: ProgrammeRow) -> Found:
    place = taking.place(row.meeting)
    fits = [
        one
        for one in taking.items(place)
        if fold(one.title) == fold(row.title)
        and (not row.starts or not one.starts or one.starts == row.starts)
    ]
    if len(fits) > 1:
        raise Wrong(problem("import_row_item", "title", written=row.title))
    found = Found("unchanged", _name_part(row.title, row), path=_path_of(place))
    told = row.model_fields_set
    line = fits[0] if fits else None
    if line is None:
        found.state = "new"
        line = Line(row.title, row.starts)
        if taking.is_dry:
            taking.planned_items.setdefault(place.mark, []).append(line)
    elif line.view is not None:
        view = line.view
        pairs: list[tuple[str, Any, Any]] = [
            (name, getattr(view, name), getattr(row, name))
            for name in ("kind", "track", "summary")
            if name in told
        ]
        clocks = (("starts", view.starts_at), ("ends", view.ends_at))
        pairs += [(n, programme_clock(at), f"{getattr(row, n):%H.%M}") for n, at in clocks if n in told]
        found.changes = compare(pairs)
    is_item_changed = bool(found.changes)
    part = _look_at_part(taking, place, line, row, found) if row.person or row.organisation else None
    _note_draft(place, found)
    found.do = lambda: _do_programme(taking, place, row, line, is_item_changed, part)
    return found


def _name_part(title: str, row: PartRow) -> str:
    return f"{title} – {row.person}" if row.person else title


def _path_of(place: Place) -> str:
    return f"/moeder/{place.meeting.key}" if place.meeting else ""


def _note_draft(place: Place, found: Found) -> None:
    is_out = place.meeting is not None and place.meeting.programme_published_at is not None
    if is_out and (found.state == "new" or found.changes):
        found.remarks.append(problem("import_remark_draft"))


def _look_at_person(taking: Taking, row: PersonRow) -> Found:
    place = taking.place(row.meeting)
    line = taking.item(place, row.item)
    found = Found("unchanged", _name_part(line.title, row), path=_path_of(place))
    part = _look_at_part(taking, place, line, row, found)
    _note_draft(place, found)
    found.do = lambda: _do_part(taking, place, line, row, part) or _path_of(place)
    return found


def _look_at_part(taking: Taking, place: Place, line: Line, row: PartRow, found: Found) -> PartView | None:
    """The part that the row corrects; None where it is a new one, or stands there already."""
    if row.organisation and taking.organisation_id(row.organisation) is None:
        found.remarks.append(problem("import_remark_organisation", "organisation", written=row.organisation))
    told = (row.person, row.person_title, row.organisation, row.role, str(row.is_former))
    mark = ("part", place.mark, fold(line.title), *map(fold, told))
    known = line.view.people if line.view else ()
    shown = [(one.name, one.title, one.organisation_name, one.role, str(one.is_former)) for one in known]
    if told in shown or mark in taking.planned:
        return None
    taking.planned[mark] = ""
    own = [one for one in known if row.person and one.name == row.person]
    rows_of_same = taking.parts_named.get((place.mark, fold(line.title), fold(row.person)), 1)
    if len(own) != 1 or rows_of_same > 1:
        found.state = "new"
        return None
    part, given = own[0], row.model_fields_set
    names = {"person_title": "title", "organisation": "organisation_name", "role": "role"}
    changes = compare((a, getattr(part, b), getattr(row, a)) for a, b in names.items() if a in given)
    if "is_former" in given and part.is_former != row.is_former:
        changes.append(["is_former", "ja" if part.is_former else "nej", "ja" if row.is_former else "nej"])
    found.changes += changes
    return part if changes else None


def _do_programme(
    taking: Taking, place: Place, row: ProgrammeRow, line: Line, is_changed: bool, part: PartView | None
) -> str:
    assert place.meeting is not None
    view = line.view
    told = row.model_fields_set
    if view is None:
        given = ItemInput(
            kind=row.kind,
            title=row.title,
            track=row.track,
            summary=row.summary,
            starts=row.starts,
            ends=row.ends,
        )
        item_id = programme.add_item(taking.session, SYSTEM, place.meeting.id, given).id
    else:
        item_id = view.id
        if is_changed:
            values: dict[str, Any] = {
                name: getattr(row if name in told else view, name) for name in ("kind", "track", "summary")
            }
            for name, moment in (("starts", view.starts_at), ("ends", view.ends_at)):
                clock = programme_clock(moment).replace(".", ":") or None
                values[name] = getattr(row, name) if name in told else clock
            given = ItemInput.model_validate({"title": view.title} | values)
            programme.edit_item(taking.session, SYSTEM, item_id, view.version, given)
    if row.person or row.organisation:
        _write_part(taking, item_id, line, row, part)
    return _path_of(place)


def _do_part(taking: Taking, place: Place, line: Line, row: PartRow, part: PartView | None) -> None:
    assert line.view is not None
    _write_part(taking, line.view.id, line, row, part)


def _write_part(taking: Taking, item_id: int, line: Line, row: PartRow, part: PartView | None) -> None:
    session = taking.session
    if part is not None:
        told = row.model_fields_set
        given = AppearanceEdit(
            title=row.person_title if "person_title" in told else part.title,
            organisation=row.organisation if "organisation" in told else part.organisation_name,
            role=row.role if "role" in told else part.role,  # type: ignore[arg-type]
            is_former=row.is_former if "is_former" in told else part.is_former,
        )
        programme.edit_appearance(session, SYSTEM, part.id, part.version, given)
        return
    person_id = find_persons_by_name(session, [row.person]).get(row.person) if row.person else None
    new = AppearanceInput(
        person_id=person_id,
        name="" if person_id else row.person,
        title=row.person_title,
        organisation=row.organisation,
        role=row.role,
        is_former=row.is_former,
    )
    try:
        programme.add_appearance(session, SYSTEM, item_id, new)
    except Refused as refusal:
        if refusal.code != "part_known":
            raise


# --- what was said


def _themes_of(taking: Taking, words: list[str]) -> tuple[list[int], list[Problem]]:
    ids, unknown = taking.theme_ids(words)
    return ids, [problem("import_row_theme", "themes", written=word) for word in unknown]


def _look_at_contribution(taking: Taking, row: ContributionRow) -> Found:
    theme_ids, unknown = _themes_of(taking, row.themes)
    place = taking.place(row.meeting) if row.meeting else None
    line = taking.item(place, row.item) if place and row.item else None
    day = row.date or (place.held_on if place else None)
    if day is None:
        raise Wrong(problem("import_row_day", "date"), *unknown)
    key = row.key or key_of(row.kind, row.person, row.text)
    meeting_id = place.meeting.id if place and place.meeting else None
    found = Found("new", row.title or shorten(" ".join(row.text.split()), 120))
    known = _find_said(taking, meeting_id, key) if not place or place.meeting else None
    mark = ("said", place.mark if place else "", key)
    if mark in taking.planned:
        raise Wrong(problem("import_row_twice"), *unknown)
    if known is None and place is None and not taking.publishes:
        # What was said at a meeting is published from there; elsewhere nobody would find the draft.
        raise Wrong(problem("import_row_said_nowhere", "meeting"), *unknown)
    if known is None and unknown:
        raise Wrong(*unknown)
    taking.planned[mark] = ""
    if row.organisation and taking.organisation_id(row.organisation) is None:
        found.remarks.append(problem("import_remark_organisation", "organisation", written=row.organisation))
    if known is not None:
        return _look_at_known_said(taking, row, known, theme_ids, unknown, found)
    facts = ContributionFacts(
        kind=row.kind,
        key=key,
        title=found.title,
        body=row.text,
        aspect=row.aspect,
        status="received" if taking.publishes else "draft",
        meeting_id=meeting_id,
        item_id=line.view.id if line and line.view else None,
        said_by_text=row.person,
        on_behalf_of_id=taking.organisation_id(row.organisation) if row.organisation else None,
        on_behalf_of_text=row.organisation,
        source_url=row.source,
        received_at=noon(day),
        published_at=noon(day) if taking.publishes else None,
        theme_ids=theme_ids,
    )
    found.do = lambda: _put_said(taking, row, facts)
    return found


def _put_said(taking: Taking, row: ContributionRow, facts: ContributionFacts) -> str:
    person_id = find_persons_by_name(taking.session, [row.person]).get(row.person) if row.person else None
    known_person = {"said_by_person_id": person_id, "said_by_text": ""} if person_id else {}
    said = put_contribution(taking.session, SYSTEM, facts.model_copy(update=known_person))
    return _said_path(said)


def _said_path(said: Contribution) -> str:
    first = {"wish": "oensker", "idea": "ideer"}.get(said.kind, "indspil")
    return f"/{first}/{said.reference}"


def _find_said(taking: Taking, meeting_id: int | None, key: str) -> Contribution | None:
    is_there = Contribution.meeting_id == meeting_id if meeting_id else Contribution.meeting_id.is_(None)
    is_it = or_(Contribution.key == key, Contribution.reference == key)
    query = select(Contribution).where(is_it, is_there).order_by(Contribution.id).limit(1)
    return taking.session.scalars(query).one_or_none()


def _look_at_known_said(
    taking: Taking,
    row: ContributionRow,
    known: Contribution,
    theme_ids: list[int],
    unknown: list[Problem],
    found: Found,
) -> Found:
    """Themes and aspect may be added; words that were said are not changed by a file."""
    if fold(" ".join(known.body.split())) != fold(" ".join(row.text.split())):
        raise Wrong(problem("import_row_words", "text"))
    current = set(
        taking.session.scalars(
            select(ContributionTheme.theme_id)
            .where(ContributionTheme.contribution_id == known.id)
            .order_by(ContributionTheme.theme_id)
        )
    )
    new = [one for one in theme_ids if one not in current]
    if unknown:
        raise Wrong(*unknown)
    found.state, found.path = "unchanged", _said_path(known)
    if new:
        found.changes.append(["themes", "", "; ".join(row.themes)])
    if row.aspect and row.aspect != known.aspect:
        found.changes.append(["aspect", known.aspect or "", row.aspect])

    def tag() -> str:
        tag_contributions(taking.session, SYSTEM, [known.id], aspect=row.aspect, theme_ids=new)
        return _said_path(known)

    found.do = tag
    return found


# --- what was promised, and measured


def _find_promise(taking: Taking, written: str) -> Commitment | None:
    by_name = or_(Commitment.reference == written.upper(), Commitment.key == written)
    found = taking.session.scalars(select(Commitment).where(by_name)).one_or_none()
    if found is None:
        titled = (
            select(Commitment).where(named_like(Commitment.title, written)).order_by(Commitment.id).limit(2)
        )
        several = taking.session.scalars(titled).all()
        found = several[0] if len(several) == 1 else None
    return found


def _look_at_commitment(taking: Taking, row: CommitmentRow) -> Found:
    theme_ids, unknown = _themes_of(taking, row.themes)
    known = _find_promise(taking, row.key or row.title)
    if known is not None:
        if unknown:
            raise Wrong(*unknown)
        return _look_at_known_promise(taking, row, known, theme_ids)
    problems = list(unknown)
    if not row.text:
        problems.append(problem("import_row_missing", "text"))
    if not row.organisation:
        problems.append(problem("import_row_missing", "organisation"))
    elif taking.organisation_id(row.organisation) is None:
        problems.append(problem("import_row_organisation", "organisation", written=row.organisation))
    if (row.verdict or row.indicator) and not taking.publishes:
        problems.append(problem("import_row_published"))
    place = taking.place(row.meeting) if row.meeting else None
    key = row.key or key_of("forpligtelse", row.organisation, row.title)
    for name in {fold(row.key), fold(row.title)} - {""}:
        if ("promise", name) in taking.planned:
            problems.append(problem("import_row_twice"))
        taking.planned["promise", name] = fold(row.indicator)
    indicators = _indicators(row)
    if problems:
        raise Wrong(*problems)
    found = Found("new", row.title)
    found.do = lambda: _put_promise(taking, row, key, place, theme_ids, indicators)
    return found


def _indicators(row: CommitmentRow) -> list[IndicatorFacts]:
    if not row.indicator:
        return []
    assert row.baseline is not None and row.target is not None
    if row.target == row.baseline or row.target_on <= row.baseline_on:  # type: ignore[operator]
        raise Wrong(problem("import_row_indicator", "target"))
    return [
        IndicatorFacts(
            name=row.indicator,
            unit=row.unit or "",
            method=row.method,
            baseline_value=row.baseline,
            baseline_on=row.baseline_on,  # type: ignore[arg-type]
            target_value=row.target,
            target_on=row.target_on,  # type: ignore[arg-type]
            direction="up" if row.target > row.baseline else "down",
        )
    ]


def _put_promise(
    taking: Taking,
    row: CommitmentRow,
    key: str,
    place: Place | None,
    theme_ids: list[int],
    indicators: list[IndicatorFacts],
) -> str:
    day = row.date or (place.held_on if place else min(row.deadline, today()))
    facts = CommitmentFacts(
        key=key,
        title=row.title,
        text=row.text,
        organisation_id=taking.require_organisation(row.organisation, "organisation"),
        meeting_id=place.meeting.id if place and place.meeting else None,
        deadline=row.deadline,
        proposed_at=noon(day),
        published_at=noon(day) if taking.publishes else None,
        verdict=row.verdict,
        verdict_cause=row.cause if row.verdict else None,
        lesson=row.lesson if row.verdict else "",
        verdict_at=noon(row.deadline) if row.verdict else None,
        theme_ids=theme_ids,
        indicators=indicators,
    )
    return f"/forpligtelser/{put_commitment(taking.session, SYSTEM, facts).reference}"


def _look_at_known_promise(
    taking: Taking, row: CommitmentRow, known: Commitment, theme_ids: list[int]
) -> Found:
    session = taking.session
    found = Found("unchanged", row.title, path=f"/forpligtelser/{known.reference}")
    current = set(
        session.scalars(
            select(CommitmentTheme.theme_id)
            .where(CommitmentTheme.commitment_id == known.id)
            .order_by(CommitmentTheme.theme_id)
        )
    )
    pairs: list[tuple[str, Any, Any]] = [("title", known.title, row.title)]
    if row.text:
        pairs.append(("text", known.text, row.text))
    is_reworded = bool(compare(pairs))
    is_moved = known.deadline != row.deadline
    new = [one for one in theme_ids if one not in current]
    found.changes = compare([*pairs, ("deadline", known.deadline, row.deadline)])
    if new:
        found.changes.append(["themes", "", "; ".join(row.themes)])

    def change() -> str:
        reason = f"Indlæst fra {taking.filename}"
        is_out = known.published_at is not None
        if is_out and is_moved:
            given = MoveInput(new_on=row.deadline, reason=reason, version=known.version)
            commitments.move_deadline(session, SYSTEM, known.id, given)
        if is_reworded or new or (is_moved and not is_out):
            linked = session.scalars(
                select(CommitmentContribution.contribution_id)
                .where(CommitmentContribution.commitment_id == known.id)
                .order_by(CommitmentContribution.contribution_id)
            )
            edited = CommitmentEdit(
                title=row.title,
                title_en=known.title_en if not is_reworded else "",
                text=row.text or known.text,
                text_en=known.text_en if not is_reworded else "",
                organisation_id=known.organisation_id,
                owner_user_id=known.owner_user_id,
                deadline=row.deadline,
                visibility=known.visibility,  # type: ignore[arg-type]
                meeting_id=known.meeting_id,
                answer_id=known.answer_id,
                contribution_ids=list(linked),
                theme_ids=sorted(current | set(new)),
                reason=reason,
                version=known.version,
            )
            commitments.edit(session, SYSTEM, known.id, edited)
        return f"/forpligtelser/{known.reference}"

    found.do = change
    return found


def _look_at_measurement(taking: Taking, row: MeasurementRow) -> Found:
    title = f"{row.commitment} · {row.date.day}.{row.date.month}.{row.date.year}"
    promise = _find_promise(taking, row.commitment)
    mark = ("measured", fold(row.commitment), fold(row.indicator), row.date.isoformat())
    if mark in taking.planned:
        raise Wrong(problem("import_row_twice"))
    taking.planned[mark] = ""
    if promise is None:
        planned = taking.planned.get(("promise", fold(row.commitment)))
        if planned is None:
            raise Wrong(problem("import_row_commitment", "commitment", written=row.commitment))
        if not planned or (row.indicator and planned != fold(row.indicator)):
            raise Wrong(problem("import_row_no_indicator", "indicator", written=row.indicator))
        return Found("new", title)
    if promise.published_at is None:
        raise Wrong(problem("commitment_unpublished", "commitment"))
    indicator = _find_indicator(taking, promise, row)
    found = Found("new", title, path=f"/forpligtelser/{promise.reference}")
    if row.date < indicator.baseline_on:
        raise Wrong(problem("measured_before_baseline", "date"))
    known = taking.session.scalars(
        select(MeasurementRowOf)
        .where(
            MeasurementRowOf.indicator_id == indicator.id,
            MeasurementRowOf.measured_on == row.date,
            MeasurementRowOf.corrected_at.is_(None),
        )
        .order_by(MeasurementRowOf.id)
        .limit(1)
    ).one_or_none()
    values = {
        "measured_on": row.date,
        "value": row.value,
        "source_text": row.source,
        "source_url": row.source_url,
        "note": row.note,
    }

    def measure() -> str:
        if known is None:
            measuring.measure(taking.session, SYSTEM, indicator.id, MeasurementInput.model_validate(values))
        else:
            reason = f"Rettet ved indlæsning af {taking.filename}"
            corrected = CorrectionInput.model_validate(values | {"reason": reason})
            measuring.correct_measurement(taking.session, SYSTEM, known.id, corrected)
        return f"/forpligtelser/{promise.reference}"

    found.do = measure
    if known is not None:
        found.state = "unchanged"
        if Decimal(known.value) != row.value:
            found.changes = compare([("value", Decimal(known.value), row.value)])
    return found


def _find_indicator(taking: Taking, promise: Commitment, row: MeasurementRow) -> IndicatorRow:
    query = select(IndicatorRow).where(IndicatorRow.commitment_id == promise.id)
    if row.indicator:
        query = query.where(named_like(IndicatorRow.name, row.indicator))
    fits = taking.session.scalars(query.order_by(IndicatorRow.id).limit(2)).all()
    if len(fits) != 1:
        raise Wrong(problem("import_row_no_indicator", "indicator", written=row.indicator))
    return fits[0]


# --- slides


def list_of_decks(rows: list[DeckRow]) -> bytes:
    """The rows as the list that a batch of decks is checked with, a line for each."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["fil", "møde", "punkt", "titel", "sprog", "adgang"])
    for row in rows:
        writer.writerow([row.file, row.meeting, row.item, row.title, row.language, row.access])
    return text.getvalue().encode()


def _look_at_deck(taking: Taking, row: DeckRow) -> Found:
    """Only where it belongs; its file is looked at with all the others of the zip."""
    place = taking.place(row.meeting)
    if row.item:
        taking.item(place, row.item)
    return Found("new", row.title or row.file, path="")


def look_at_decks(taking: Taking, slides: Path | None, rows: dict[int, DeckRow]) -> dict[int, Found]:
    """What would become of the slides, by the number of their rows. Those of meetings that the file itself
    will make are held against the zip now, and against the meeting when it is there."""
    if slides is None:
        return {
            number: Found("refused", row.title or row.file, [problem("import_row_no_slides", "file")])
            for number, row in rows.items()
        }
    found: dict[int, Found] = {}
    checked = check_batch(taking.session, SYSTEM, slides, list_of_decks(list(rows.values())))
    in_zip = names_in(slides)
    listed = [one for one in checked if one.line]
    for (number, row), one in zip(rows.items(), listed, strict=True):
        title = row.title or row.file
        is_planned = one.problem in ("deck_row_meeting", "deck_row_item")
        if one.state == "ok" or (is_planned and row.file.lower() in in_zip):
            found[number] = Found("new", title)
        elif one.state == "known":
            found[number] = Found("unchanged", title, path=f"/oplaeg/{one.deck_id}")
        else:
            code = "deck_row_missing" if is_planned else one.problem
            found[number] = Found("refused", title, [problem(code, "file")])
    return found


def do_deck(
    taking: Taking, storage: Storage, slides: Path | None, row: DeckRow, sent_by: int | None
) -> Found:
    """Put up one deck of the zip."""
    found = look_at_decks(taking, slides, {0: row})[0]
    if found.state != "new" or slides is None:
        return found
    checked = check_batch(taking.session, SYSTEM, slides, list_of_decks([row]))[0]
    if checked.state == "ok":
        checked = take_row(taking.session, SYSTEM, storage, slides, checked, sent_by)
    if checked.state == "taken":
        return Found("new", found.title, path=f"/oplaeg/{checked.deck_id}")
    return Found("refused", found.title, [problem(checked.problem, "file")])


_LOOKS: Final[dict[Kind, Callable[[Taking, Any], Found]]] = {
    "meeting": _look_at_meeting,
    "programme": _look_at_programme,
    "person": _look_at_person,
    "contribution": _look_at_contribution,
    "commitment": _look_at_commitment,
    "measurement": _look_at_measurement,
    "deck": _look_at_deck,
}

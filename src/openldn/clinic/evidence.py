"""Pages of the evidence, for everybody who is signed in: about conditions and side effects, about nobody."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.safestring import SafeString, mark_safe

from openldn.clinic.access import Reach, SignedIn, page
from openldn.knowledge.load import load_knowledge

if TYPE_CHECKING:
    from openldn.evidence.syntheses import Answer

# Statistics are loaded with the first of these pages: two seconds that no other page waits for.
# ruff: noqa: PLC0415


@page(Reach.SIGNED_IN)
def show_map(request: SignedIn) -> HttpResponse:
    """Every condition with the evidence there is."""
    return render(request, "evidence/map.html", _map())


@page(Reach.SIGNED_IN)
def show_condition(request: SignedIn, condition: str) -> HttpResponse:
    """One condition: in plain words, what the guide says, every study, how sure one can be."""
    if f"conditions/{condition}" not in load_knowledge().conditions:
        raise Http404(f"no condition {condition}")
    return render(request, "evidence/condition.html", _condition(condition))


@page(Reach.SIGNED_IN)
def show_side_effects(request: SignedIn) -> HttpResponse:
    """Side effects beside placebo."""
    return render(request, "evidence/side_effects.html", _side_effects())


# The knowledge does not change while a server runs, so what is computed from it alone is computed once.
@cache
def _map() -> dict[str, Any]:
    from openldn.answers.evidence import map_json, trials_says
    from openldn.answers.evidence_map import map_of

    found = map_json(load_knowledge())
    found["picture"] = mark_safe(map_of(load_knowledge(), alone=False))  # noqa: S308 - our own drawing
    for row in found["conditions"]:
        row |= {"slug": row["condition"].removeprefix("conditions/"), "trials_says": trials_says(row)}
    return found


@cache
def _condition(name: str) -> dict[str, Any]:
    from openldn.answers.evidence import GROUPS, page_json
    from openldn.evidence.pages import page_of

    knowledge = load_knowledge()
    found = page_of(knowledge.conditions[f"conditions/{name}"], knowledge)
    page = page_json(found, knowledge)
    for question, answer in zip(page["questions"], found.answers, strict=True):
        question["picture"] = _picture(answer)
    groups = {title: page[group] for group, title in GROUPS.items() if page[group]}
    return {"page": page, "groups": groups}


def _picture(answer: Answer) -> SafeString:
    from openldn.answers.forest import forest_of

    return mark_safe(forest_of(answer, alone=False))  # noqa: S308 - our own drawing


@cache
def _side_effects() -> dict[str, Any]:
    from openldn.answers.evidence import side_effects_json
    from openldn.evidence.pages import side_effects

    knowledge = load_knowledge()
    pictures = {e.effect: _picture(e.answer) for e in side_effects(knowledge) if e.answer and e.answer.rows}
    fields = side_effects_json(knowledge)
    for effect in fields["side_effects"]:
        kinds: dict[str, list[Any]] = {}
        for result in effect["results"]:
            kinds.setdefault(result["kind"], []).append(result)
        effect |= {"kinds": kinds}
        if effect["effect"] in pictures:
            effect["pooled"]["picture"] = pictures[effect["effect"]]
    return {"effects": fields["side_effects"]}


app_name = "evidence"
urlpatterns = [
    path("", show_map, name="map"),
    path("side-effects/", show_side_effects, name="side_effects"),
    path("<str:condition>/", show_condition, name="condition"),
]

"""Addresses of prescribers."""

from __future__ import annotations

from django.urls import path

from openldn.clinic.prescriber import answers, facts, patients, plans, tapers, what_if

app_name = "prescriber"
_ONE = "patients/<str:number>/"
urlpatterns = [
    path("", patients.today, name="today"),
    path("patients/", patients.search, name="patients"),
    path("new/", patients.register, name="register"),
    path("what-if/", what_if.show, name="what_if"),
    path("what-if/picture/", what_if.picture, name="what_if_picture"),
    path(_ONE, patients.overview, name="patient"),
    path(f"{_ONE}record/", facts.record, name="record"),
    path(f"{_ONE}interview/", facts.interview, name="interview"),
    path(f"{_ONE}interview/draft/", facts.interview_draft, name="interview_draft"),
    path(f"{_ONE}screening/", facts.screening, name="screening"),
    path(f"{_ONE}screening/again/", facts.screen_again, name="screen_again"),
    path(f"{_ONE}screening/ended/", facts.state_end, name="state_end"),
    path(f"{_ONE}screening/aside/", facts.set_aside, name="set_aside"),
    path(f"{_ONE}plan/", plans.build, name="build"),
    path(f"{_ONE}plan/preview/", plans.preview, name="preview"),
    path(f"{_ONE}plans/<int:plan>/", plans.show, name="plan"),
    path(f"{_ONE}plans/<int:plan>/<str:paper>.pdf", plans.paper, name="paper"),
    path(f"{_ONE}plans/<int:plan>/sign/", plans.sign, name="sign"),
    path(f"{_ONE}plans/<int:plan>/withdraw/", plans.withdraw, name="withdraw"),
    path(f"{_ONE}course/", answers.course, name="course"),
    path(f"{_ONE}course/summary.pdf", answers.summary, name="summary"),
    path(f"{_ONE}proposals/<int:proposal>/", answers.proposal, name="proposal"),
    path(f"{_ONE}proposals/<int:proposal>/accept/", answers.accept, name="accept"),
    path(f"{_ONE}proposals/<int:proposal>/refuse/", answers.refuse, name="refuse"),
    path(f"{_ONE}dues/<int:due>/done/", answers.done, name="done"),
    path(f"{_ONE}taper/", tapers.course, name="taper"),
    path(f"{_ONE}taper/plan/", tapers.build, name="taper_build"),
    path(f"{_ONE}taper/preview/", tapers.preview, name="taper_preview"),
    path(f"{_ONE}taper/decide/", tapers.decide, name="taper_decide"),
    path(f"{_ONE}taper/notices/<int:notice>/", tapers.acknowledge, name="taper_acknowledge"),
    path(f"{_ONE}tapers/<int:taper>/", tapers.show, name="taper_plan"),
    path(f"{_ONE}tapers/<int:taper>/leaflet.pdf", tapers.leaflet, name="taper_leaflet"),
    path(f"{_ONE}tapers/<int:taper>/sign/", tapers.sign, name="taper_sign"),
    path(f"{_ONE}tapers/<int:taper>/withdraw/", tapers.withdraw, name="taper_withdraw"),
    path(f"{_ONE}questions/<int:question>/", answers.question, name="question"),
    path(f"{_ONE}decisions/<int:decision>/", answers.decision, name="decision"),
]

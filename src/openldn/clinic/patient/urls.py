"""Addresses of patients: each is about whoever is signed in."""

from __future__ import annotations

from django.urls import path

from openldn.clinic.patient import diary, taper, views

app_name = "patient"
urlpatterns = [
    path("", views.today, name="today"),
    path("taken/", diary.taken, name="taken"),
    path("diary/", diary.entry, name="diary"),
    path("painkiller/", diary.painkiller, name="painkiller"),
    path("ask/", views.ask, name="ask"),
    path("plan/", views.plan, name="plan"),
    path("taper/", taper.taper, name="taper"),
    path("taper/diary/", taper.entry, name="taper_diary"),
    path("taper/pause/", taper.pause, name="taper_pause"),
    path("taper/leaflet.pdf", taper.leaflet, name="taper_leaflet"),
    path("data/", views.own_data, name="data"),
    path("data/openldn.json", views.own_data_file, name="data_file"),
    path("papers/<str:paper>.pdf", views.paper, name="paper"),
    path("doses.ics", views.calendar, name="calendar"),
]

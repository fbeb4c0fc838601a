"""Addresses of researchers."""

from __future__ import annotations

from django.urls import path

from openldn.clinic.researcher import views

app_name = "researcher"
urlpatterns = [path("", views.counts, name="counts")]

"""Addresses that only a demonstration answers."""

from __future__ import annotations

from django.urls import path

from openldn.clinic.demo import views

urlpatterns = [path("next-day/", views.next_day, name="next_day")]

"""Addresses of administrators."""

from __future__ import annotations

from django.urls import path

from openldn.clinic.administrator import views

app_name = "administrator"
urlpatterns = [
    path("", views.accounts, name="accounts"),
    path("accounts/new/", views.new, name="new"),
    path("accounts/<int:account>/invite/", views.invite, name="invite"),
    path("accounts/<int:account>/close/", views.close, name="close"),
    path("clinic/", views.settings, name="clinic"),
    path("audit/", views.audit, name="audit"),
]

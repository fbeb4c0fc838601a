"""Addresses of signing in: those of allauth that a clinic without mail and sign-up has a use for."""

from __future__ import annotations

from allauth.account import views as allauth_views
from django.urls import include, path

from openldn.clinic.accounts import views

urlpatterns = [
    path("login/", allauth_views.login, name="account_login"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth_views.password_change, name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
    path("invitation/<str:secret>/", views.invitation, name="account_invitation"),
]

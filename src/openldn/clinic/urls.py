"""All addresses, one module a reader."""

from __future__ import annotations

from django.urls import include, path

from openldn.clinic import frame

urlpatterns = [
    path("", frame.home, name="home"),
    path("accounts/", include("openldn.clinic.accounts.urls")),
    path("prescriber/", include("openldn.clinic.prescriber.urls")),
    path("pharmacist/", include("openldn.clinic.pharmacist.urls")),
    path("patient/", include("openldn.clinic.patient.urls")),
    path("researcher/", include("openldn.clinic.researcher.urls")),
    path("administrator/", include("openldn.clinic.administrator.urls")),
    path("evidence/", include("openldn.clinic.evidence")),
    path("demonstration/", include("openldn.clinic.demo.urls")),
]

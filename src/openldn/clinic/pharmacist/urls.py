"""Addresses of pharmacists."""

from __future__ import annotations

from django.urls import path

from openldn.clinic.pharmacist import views

app_name = "pharmacist"
urlpatterns = [
    path("", views.today, name="today"),
    path("patients/<str:number>/prescription.pdf", views.prescription, name="prescription"),
]

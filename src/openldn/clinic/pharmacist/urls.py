"""Addresses of pharmacists."""

from __future__ import annotations

from django.urls import path

from openldn.clinic.pharmacist import batches, counter, views

app_name = "pharmacist"
urlpatterns = [
    path("", views.today, name="today"),
    path("batches/", batches.all_of_them, name="batches"),
    path("batches/new/", batches.new, name="new"),
    path("batches/<str:batch>/", batches.show, name="batch"),
    path("batches/<str:batch>/worksheet.pdf", batches.worksheet, name="worksheet"),
    path("batches/<str:batch>/read/", batches.read, name="read"),
    path("batches/<str:batch>/sign/", batches.sign, name="sign"),
    path("batches/<str:batch>/recall/", batches.recall, name="recall"),
    path("patients/<str:number>/prescription.pdf", views.prescription, name="prescription"),
    path("patients/<str:number>/hand-over/", counter.hand_over, name="hand_over"),
    path("patients/<str:number>/handed-out/<int:handed>/", counter.handed_out, name="handed_out"),
    path("patients/<str:number>/handed-out/<int:handed>/print/", counter.print_label, name="print_label"),
    path("patients/<str:number>/handed-out/<int:handed>/label.pdf", counter.label, name="label"),
]

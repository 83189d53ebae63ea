from django.urls import path
from pages.views import visits

urlpatterns = [path("", visits)]

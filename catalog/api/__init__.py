"""JSON over HTTP: handlers of three lines."""

from fastapi import APIRouter

from catalog.api import access, datasets, delivery, health, registers, runs, search

router = APIRouter()
for feature in (search, datasets, registers, runs, access):
    router.include_router(feature.router, prefix="/api/v1")
router.include_router(delivery.router)
router.include_router(health.router)

"""JSON over HTTP: handlers of three lines."""

from fastapi import FastAPI

from catalog.api import (
    access,
    applications,
    audit,
    datasets,
    delivery,
    erasure,
    facts,
    glass,
    health,
    keys,
    members,
    networks,
    organizations,
    registers,
    results,
    runs,
    search,
    steering,
    subscriptions,
    suggest,
)


def include(app: FastAPI) -> None:
    """Give the application its addresses for programs, the most used first."""
    for feature in (
        search,
        suggest,
        datasets,
        organizations,
        members,
        applications,
        registers,
        runs,
        access,
        keys,
        subscriptions,
        steering,
        networks,
        audit,
        facts,
        glass,
        erasure,
    ):
        app.include_router(feature.router, prefix="/api/v1")
    app.include_router(results.router)
    app.include_router(delivery.router)
    app.include_router(health.router)
